package lathe.runtime.history;

import static java.util.Objects.requireNonNull;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;

import lathe.runtime.config.Overrides;
import lathe.runtime.config.Places;
import lathe.runtime.graph.FileDigests;
import lathe.spi.LatheException;

/**
 * What a past run is run again from: its own file with its own overrides where that is still the same, byte for byte, with
 * everything it includes; else the resolved configuration that the run left, with its files found again.
 */
public final class RerunSource {
    /** Keys of nodes that name files. */
    private static final Set<String> FILES = Set.of("load", "on", "data");

    private final PastRun run;
    private final Map<String, Object> digests;
    private final FileDigests files = new FileDigests(Optional.empty());

    /**
     * @param run the run
     */
    public RerunSource(PastRun run) {
        this.run = requireNonNull(run, "run is null");
        this.digests = run.lineage().get("files") instanceof Map<?, ?> map ? strings(map) : Map.of();
    }

    private static Map<String, Object> strings(Map<?, ?> map) {
        Map<String, Object> copy = new java.util.LinkedHashMap<>();
        map.forEach((key, value) -> copy.put(String.valueOf(key), value));
        return copy;
    }

    /**
     * A file to be run.
     *
     * @param file      the experiment
     * @param overrides values over it
     * @param remark    why it is not the run's own file; empty if it is
     */
    public record Source(Path file, Overrides overrides, String remark) {}

    /**
     * Finds what to run.
     *
     * @param folder where a file can be written if the run's own is not the same any more
     * @return the source
     * @throws LatheException if a file of the run is not there any more
     */
    public Source find(Path folder) {
        List<String> changed = new ArrayList<>();
        digests.forEach((name, digest) -> {
            if (name.endsWith(".conf")) {
                Optional<Path> file = located(name);
                if (file.isEmpty() || !files.of(file.get()).equals(digest)) {
                    changed.add(name);
                }
            }
        });
        Optional<Path> own = located(String.valueOf(run.lineage().get("experiment")));
        if (own.isPresent() && changed.isEmpty()) {
            return new Source(own.get(), new Overrides(overrides()), "");
        }
        return new Source(resolved(folder), Overrides.NONE, "The experiment is not what it was ("
                + (own.isEmpty() ? "its file is gone" : String.join(", ", changed) + " changed")
                + "): its resolved configuration is run."
                + (run.config().hasPath("sweep")
                        ? " Points of its sweep that changed substituted values are lost in it."
                        : ""));
    }

    private List<String> overrides() {
        return run.lineage().get("overrides") instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of();
    }

    /** A file by the name that the lineage has for it. */
    private Optional<Path> located(String name) {
        Path path = Path.of(name);
        return List.of(path.toAbsolutePath(), run.origin().resolve(path)).stream().map(Path::normalize)
                .filter(Files::exists).findFirst();
    }

    private Path resolved(Path folder) {
        Config config = run.config();
        if (config.hasPath("graph")) {
            for (Map.Entry<String, ConfigValue> entry : config.getConfig("graph").entrySet()) {
                List<String> path = ConfigUtil.splitPath(entry.getKey());
                if (FILES.contains(path.getLast()) && entry.getValue().unwrapped() instanceof String name) {
                    config = config.withValue("graph." + entry.getKey(), ConfigValueFactory.fromAnyRef(file(name)));
                }
            }
        }
        Path file = folder.resolve("resolved.conf");
        try {
            return Files.writeString(file, config.root().render(ConfigRenderOptions.concise()));
        } catch (java.io.IOException failure) {
            throw new LatheException("The experiment cannot be written to " + file + ": " + failure.getMessage() + ".",
                    failure);
        }
    }

    /** Paths are relative to the files that they stood in. */
    private String file(String name) {
        Set<Path> folders = new LinkedHashSet<>();
        digests.keySet().stream().filter(known -> known.endsWith(".conf")).forEach(known -> located(known).map(
                Path::getParent).or(() -> Optional.of(run.origin().resolve(known).getParent()))
                .ifPresent(folders::add));
        folders.add(run.origin());
        folders.add(Path.of("").toAbsolutePath());
        return folders.stream().map(folder -> folder.resolve(name).normalize()).filter(Files::exists).findFirst()
                .orElseThrow(() -> new LatheException("The file or folder " + name
                        + " of the run is not there any more; it was looked for beside " + String.join(", ",
                                folders.stream().map(Places::shown).toList())
                        + "."))
                .toString();
    }
}
