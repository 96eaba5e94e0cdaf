package lathe.runtime.graph;

import static java.util.Objects.requireNonNull;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import com.typesafe.config.ConfigOrigin;

import lathe.runtime.config.Places;
import lathe.spi.graph.Step;

/**
 * A node of an experiment graph.
 *
 * @param name     its key
 * @param verb     what it does
 * @param inputs   names of the nodes that it works on, text left out
 * @param settings what else it says
 * @param origin   where it stands
 */
public record Node(String name, Verb verb, List<String> inputs, Settings settings, ConfigOrigin origin) {
    /** Checks that all parts are there. */
    public Node {
        requireNonNull(name, "name is null");
        requireNonNull(verb, "verb is null");
        requireNonNull(settings, "settings is null");
        inputs = List.copyOf(inputs);
    }

    /**
     * What the node leaves.
     *
     * @return by its verb, or as its step says
     */
    public Product product() {
        return settings instanceof Settings.OwnStep step && step.product() == Step.Product.MODEL
                ? Product.MODEL
                : verb.product();
    }

    /**
     * The key of the node in the file.
     *
     * @return such as {@code graph.pruned}
     */
    public String path() {
        return "graph." + name;
    }

    /**
     * File and line.
     *
     * @return such as {@code quickstart.conf:12}
     */
    public String where() {
        return Places.of(origin);
    }

    /**
     * The ids of the node's methods.
     *
     * @return joined by commas, empty if it uses none
     */
    public String method() {
        return settings.methods().stream().map(MethodUse::id).collect(Collectors.joining(", "));
    }

    /**
     * Everything that the node says, as plain values, for the report.
     *
     * @return values by key
     */
    public Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        if (settings.methods().size() == 1 && !(settings instanceof Settings.Serve)) {
            Map<String, Object> method = settings.methods().getFirst().values();
            values.put(verb.key(), method.get("use"));
            method.forEach((key, value) -> {
                if (!key.equals("use")) {
                    values.put(key, value);
                }
            });
        } else {
            settings.methods().forEach(use -> values.put(lastPart(use.path()) + "", use.values()));
        }
        settings.files().forEach((key, file) -> values.put(key, Places.shown(file)));
        settings.texts().forEach(values::put);
        settings.values().forEach(values::putIfAbsent);
        return values;
    }

    private static String lastPart(String path) {
        return path.substring(path.lastIndexOf('.') + 1);
    }
}
