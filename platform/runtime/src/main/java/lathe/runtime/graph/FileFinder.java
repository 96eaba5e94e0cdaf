package lathe.runtime.graph;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

import com.typesafe.config.ConfigValue;

import lathe.runtime.config.Places;
import lathe.runtime.config.Problems;
import lathe.runtime.registry.NearestNames;

/**
 * Finds the files that an experiment names: beside the file in which the name is written, beside the experiment, or in the
 * current directory.
 */
final class FileFinder {
    private final Path experiment;
    private final Problems problems;

    FileFinder(Path experiment, Problems problems) {
        this.experiment = requireNonNull(experiment, "experiment is null");
        this.problems = requireNonNull(problems, "problems is null");
    }

    /** A text file that must be there. */
    Optional<Path> file(ConfigValue value, String path) {
        Optional<Path> found = find(value, path, "file");
        if (found.isPresent() && !Files.isRegularFile(found.get())) {
            problems.add(value.origin(), path, Places.shown(found.get()) + " is no file with text.");
            return Optional.empty();
        }
        if (found.isPresent() && !Files.isReadable(found.get())) {
            problems.add(value.origin(), path,
                    Places.shown(found.get()) + " may not be read: check its permissions.");
            return Optional.empty();
        }
        return found;
    }

    /** A folder that must be there. */
    Optional<Path> folder(ConfigValue value, String path) {
        Optional<Path> found = find(value, path, "model folder");
        if (found.isPresent() && !Files.isDirectory(found.get())) {
            problems.add(value.origin(), path, Places.shown(found.get())
                    + " is a file: name the folder with config.json, weights and tokenizer.");
            return Optional.empty();
        }
        return found;
    }

    /** A folder that a run will make: it must not be there yet, or be empty. */
    Optional<Path> target(ConfigValue value, String path) {
        if (!(value.unwrapped() instanceof String name) || name.isBlank()) {
            problems.add(value.origin(), path, "This must be the path of a folder.");
            return Optional.empty();
        }
        try {
            Path folder = Path.of(name).toAbsolutePath().normalize();
            if (Files.isDirectory(folder)) {
                try (Stream<Path> entries = Files.list(folder)) {
                    if (entries.findAny().isEmpty()) {
                        return Optional.of(folder);
                    }
                }
            }
            if (Files.exists(folder)) {
                problems.add(value.origin(), path,
                        Places.shown(folder) + " is there already; name a new folder, or leave "
                                + "'to' out for one in the run's folder.");
                return Optional.empty();
            }
            return Optional.of(folder);
        } catch (InvalidPathException | IOException failure) {
            problems.add(value.origin(), path, "'" + name + "' is no path of a folder: " + failure.getMessage() + ".");
            return Optional.empty();
        }
    }

    private Optional<Path> find(ConfigValue value, String path, String what) {
        if (!(value.unwrapped() instanceof String name) || name.isBlank()) {
            problems.add(value.origin(), path, "This must be the path of a " + what + ".");
            return Optional.empty();
        }
        try {
            Set<Path> candidates = candidates(value, name);
            Optional<Path> found = candidates.stream().filter(Files::exists).findFirst();
            if (found.isEmpty()) {
                Path first = candidates.iterator().next();
                problems.add(value.origin(), path,
                        "There is no " + what + " " + Places.shown(first) + "." + similar(first));
            }
            return found;
        } catch (InvalidPathException failure) {
            problems.add(value.origin(), path, "'" + name + "' is no path: " + failure.getReason() + ".");
            return Optional.empty();
        }
    }

    private Set<Path> candidates(ConfigValue value, String name) {
        Set<Path> candidates = new LinkedHashSet<>();
        Path given = Path.of(name);
        String origin = value.origin().filename();
        if (origin != null) {
            candidates.add(Path.of(origin).toAbsolutePath().resolveSibling(given).normalize());
        }
        candidates.add(experiment.resolveSibling(given).normalize());
        candidates.add(given.toAbsolutePath().normalize());
        return candidates;
    }

    private static String similar(Path missing) {
        Path folder = missing.getParent();
        if (folder == null || !Files.isDirectory(folder) || missing.getFileName() == null) {
            return "";
        }
        try (Stream<Path> entries = Files.list(folder)) {
            List<String> names = entries.map(entry -> entry.getFileName().toString()).toList();
            return NearestNames.hint(missing.getFileName().toString(), names);
        } catch (IOException unreadable) {
            return "";
        }
    }
}
