package lathe.console;

import static java.util.Objects.requireNonNull;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;

import lathe.runtime.describe.Parameters;
import lathe.runtime.registry.InstalledMethod;
import lathe.runtime.registry.PluginView;

/** The keys that an override of an experiment can name: those of its file, and the parameters of the methods that it uses. */
final class ExperimentKeys {
    private final PluginView view;

    ExperimentKeys(PluginView view) {
        this.view = requireNonNull(view, "view is null");
    }

    /**
     * The keys of an experiment.
     *
     * @param file the experiment; one that cannot be read has no keys
     * @return paths such as {@code graph.pruned.sparsity}, in alphabetical order
     */
    List<String> of(Path file) {
        Set<String> keys = new TreeSet<>();
        try {
            // An absolute file: relative ones lose their includes.
            Config config = Files.isRegularFile(file)
                    ? ConfigFactory.parseFile(file.toAbsolutePath().toFile())
                    : ConfigFactory.empty();
            collect("", config.root(), keys);
        } catch (ConfigException unreadable) {
            return List.of();
        }
        return List.copyOf(keys);
    }

    private void collect(String prefix, ConfigObject object, Set<String> keys) {
        for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
            String path = prefix + entry.getKey();
            if (entry.getValue() instanceof ConfigObject inner) {
                collect(path + ".", inner, keys);
            } else if (!entry.getKey().contains(".")) {
                keys.add(path);
            }
        }
        for (String parameter : parameters(object)) {
            keys.add(prefix + parameter);
        }
    }

    /** The parameters of the methods that an object names: as {@code use}, or as a node's verb. */
    private List<String> parameters(ConfigObject object) {
        List<String> names = new ArrayList<>();
        for (InstalledMethod entry : view.methods()) {
            for (String key : List.of("use", entry.method().kind().verb())) {
                if (object.get(key) != null && entry.id().equals(plain(object.get(key)))) {
                    Parameters.of(entry.method().configType()).forEach(parameter -> names.add(parameter.name()));
                }
            }
        }
        return names;
    }

    private static Object plain(ConfigValue value) {
        try {
            return value.unwrapped();
        } catch (ConfigException.NotResolved substitution) {
            return "";
        }
    }
}
