package lathe.runtime.config;

import static java.util.Objects.requireNonNull;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;

import lathe.runtime.registry.NearestNames;

/**
 * Finds included files: beside the including file, then in the folder {@code configs} of any folder above it, then in the
 * installation's. One that is nowhere is a problem; the library alone would go on in silence.
 */
final class IncludeFinder implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL {
    private static final int DEEPEST = 32;
    private static final ConfigObject NOTHING = ConfigFactory.empty().root();

    private final Problems problems;
    private final Deque<Path> files = new ArrayDeque<>();
    private final Set<Path> read = new LinkedHashSet<>();

    /** Starts at the experiment's own file. */
    IncludeFinder(Path file, Problems problems) {
        this.problems = requireNonNull(problems, "problems is null");
        files.push(file);
        read.add(file);
    }

    /** The files that were read, the experiment's own first. */
    List<Path> files() {
        return List.copyOf(read);
    }

    @Override
    public ConfigIncluder withFallback(ConfigIncluder fallback) {
        return this;
    }

    @Override
    public ConfigObject include(ConfigIncludeContext context, String what) {
        for (Path folder : folders(files.peek())) {
            for (String name : List.of(what, what + ".conf")) {
                Path candidate = folder.resolve(name).normalize();
                if (Files.isRegularFile(candidate)) {
                    return parse(context, candidate);
                }
            }
        }
        report(what, "There is no file " + what + " to include: looked beside the file and in the configs folders."
                + NearestNames.hint(what, known()));
        return NOTHING;
    }

    @Override
    public ConfigObject includeFile(ConfigIncludeContext context, File what) {
        return include(context, what.getPath());
    }

    @Override
    public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
        report(what.toString(), "Experiments include files, not addresses: " + what + ".");
        return NOTHING;
    }

    private ConfigObject parse(ConfigIncludeContext context, Path file) {
        if (files.contains(file) || files.size() > DEEPEST) {
            report(file.getFileName().toString(), "The file " + Places.shown(file) + " includes itself.");
            return NOTHING;
        }
        files.push(file);
        read.add(file);
        try {
            return HoconFile.readable(file, problems) ? HoconFile.parse(file, this, problems) : NOTHING;
        } finally {
            files.pop();
        }
    }

    private void report(String what, String sentence) {
        problems.add(new Problem(placeOf(what), "include", sentence));
    }

    /** The library does not tell where an include stands: the first line of the file that names it is taken. */
    private String placeOf(String what) {
        Path file = files.peek();
        try {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).contains("include") && lines.get(i).contains(what)) {
                    return Places.shown(file) + ":" + (i + 1);
                }
            }
        } catch (IOException unreadable) {
            // It was read a moment ago; its name is then place enough.
        }
        return Places.shown(file);
    }

    /** Folders to look in, nearest first. */
    static List<Path> folders(Path file) {
        Set<Path> folders = new LinkedHashSet<>();
        Path own = file.toAbsolutePath().normalize().getParent();
        folders.add(own);
        for (Path folder = own; folder != null; folder = folder.getParent()) {
            folders.add(folder.resolve("configs"));
        }
        String installed = System.getProperty("lathe.configs");
        if (installed != null && !installed.isBlank()) {
            folders.add(Path.of(installed).toAbsolutePath().normalize());
        }
        return new ArrayList<>(folders);
    }

    private List<String> known() {
        List<String> names = new ArrayList<>();
        List<Path> folders = folders(files.peek());
        for (Path folder : folders) {
            int depth = folder.equals(folders.getFirst()) ? 1 : 3;
            if (!Files.isDirectory(folder)) {
                continue;
            }
            try (Stream<Path> below = Files.walk(folder, depth)) {
                below.filter(path -> path.toString().endsWith(".conf"))
                        .map(path -> folder.relativize(path).toString())
                        .forEach(names::add);
            } catch (IOException unreadable) {
                // Only hints come from here.
            }
        }
        return names;
    }
}
