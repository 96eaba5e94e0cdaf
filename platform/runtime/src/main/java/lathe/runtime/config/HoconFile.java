package lathe.runtime.config;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigValue;

import lathe.runtime.registry.NearestNames;

/**
 * An experiment file with its includes, before substitutions are resolved: sweeps put other values in first.
 *
 * @param file     the file, absolute
 * @param raw      its contents with overrides on top
 * @param included every file that was read, the experiment's own first
 */
public record HoconFile(Path file, Config raw, List<Path> included) {
    private static final long LARGEST = 16L << 20;

    /** Checks that all parts are there. */
    public HoconFile {
        requireNonNull(file, "file is null");
        requireNonNull(raw, "raw is null");
        included = List.copyOf(included);
    }

    /**
     * Reads a file.
     *
     * @param path      the experiment
     * @param overrides values put over it
     * @param problems  receives what is wrong
     * @return what could be read; empty if nothing
     */
    public static Optional<HoconFile> load(Path path, Overrides overrides, Problems problems) {
        Path file = path.toAbsolutePath().normalize();
        if (!readable(file, problems)) {
            return Optional.empty();
        }
        IncludeFinder finder = new IncludeFinder(file, problems);
        int before = problems.size();
        ConfigObject root = parse(file, finder, problems);
        Config raw = overrides.over(root.toConfig(), problems);
        boolean unreadable = problems.size() > before && root.isEmpty();
        return unreadable ? Optional.empty() : Optional.of(new HoconFile(file, raw, finder.files()));
    }

    /**
     * The contents with substitutions resolved and some values replaced.
     *
     * @param replaced values by path, put in before substitutions are resolved
     * @param problems receives substitutions that lead nowhere
     * @return the resolved contents; empty if a substitution leads nowhere
     */
    public Optional<Config> resolve(Map<String, ConfigValue> replaced, Problems problems) {
        Config config = raw;
        for (Map.Entry<String, ConfigValue> entry : replaced.entrySet()) {
            config = config.withValue(entry.getKey(), entry.getValue());
        }
        try {
            return Optional.of(config.resolve(ConfigResolveOptions.noSystem()));
        } catch (ConfigException failure) {
            String name = HoconErrors.unresolved(failure);
            if (name == null) {
                problems.add(failure.origin(), "", HoconErrors.reason(failure));
            } else {
                problems.add(failure.origin(), "",
                        "The substitution ${" + name + "} leads nowhere: there is no such key."
                                + NearestNames.hint(name, paths(config)));
            }
            return Optional.empty();
        }
    }

    static ConfigObject parse(Path file, IncludeFinder finder, Problems problems) {
        ConfigParseOptions options = ConfigParseOptions.defaults()
                .setSyntax(ConfigSyntax.CONF)
                .setAllowMissing(false)
                .setIncluder(finder);
        try {
            return ConfigFactory.parseFile(file.toFile(), options).root();
        } catch (ConfigException failure) {
            int line = failure.origin() == null ? -1 : failure.origin().lineNumber();
            String where = Places.shown(file) + (line > 0 ? ":" + line : "");
            problems.add(new Problem(where, "", "This is not HOCON: " + HoconErrors.reason(failure)));
            return ConfigFactory.empty().root();
        } catch (StackOverflowError nested) {
            problems.add(
                    new Problem(Places.shown(file), "", "This is not HOCON that can be read: it is nested too deep."));
            return ConfigFactory.empty().root();
        }
    }

    /** Notes why a file cannot be parsed, before the library tries. */
    static boolean readable(Path file, Problems problems) {
        String shown = Places.shown(file);
        try {
            if (!Files.exists(file)) {
                problems.add(new Problem(shown, "", "There is no such file." + similar(file)));
            } else if (!Files.isRegularFile(file)) {
                problems.add(new Problem(shown, "", "This is a folder or a device, not an experiment file."));
            } else if (Files.size(file) > LARGEST) {
                problems.add(new Problem(shown, "", "An experiment file has at most 16 MiB; this one is larger."));
            } else {
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(Files.readAllBytes(file)));
                return true;
            }
        } catch (CharacterCodingException failure) {
            problems.add(new Problem(shown, "", "The file is not text in UTF-8."));
        } catch (AccessDeniedException failure) {
            problems.add(new Problem(shown, "", "The file may not be read: check its permissions."));
        } catch (IOException failure) {
            problems.add(new Problem(shown, "", "The file cannot be read: " + failure.getMessage() + "."));
        }
        return false;
    }

    private static String similar(Path file) {
        Path folder = file.getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            return "";
        }
        try (var entries = Files.list(folder)) {
            return NearestNames.hint(file.getFileName().toString(),
                    entries.map(entry -> entry.getFileName().toString()).toList());
        } catch (IOException unreadable) {
            return "";
        }
    }

    private static List<String> paths(Config config) {
        List<String> paths = new ArrayList<>();
        collect(config.root(), "", paths);
        return paths;
    }

    private static void collect(ConfigObject object, String prefix, List<String> paths) {
        for (String key : object.keySet()) {
            paths.add(prefix + key);
            try {
                if (object.get(key) instanceof ConfigObject inner) {
                    collect(inner, prefix + key + ".", paths);
                }
            } catch (ConfigException.NotResolved unresolved) {
                // Objects made of substitutions have no keys yet.
            }
        }
    }
}
