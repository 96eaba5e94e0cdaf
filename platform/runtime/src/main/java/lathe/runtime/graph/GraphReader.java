package lathe.runtime.graph;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;

import lathe.runtime.config.Problems;
import lathe.runtime.registry.NearestNames;
import lathe.runtime.registry.PluginView;

/** Reads the nodes of a resolved experiment, each by its verb. */
final class GraphReader {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]+");

    private final Problems problems;
    private final SettingsReader settings;
    private final List<Graph.Edges> edges = new ArrayList<>();

    GraphReader(PluginView view, Path experiment, Problems problems) {
        this.problems = requireNonNull(problems, "problems is null");
        this.settings = new SettingsReader(view, experiment, problems);
    }

    /** The nodes by name, in the order of the file; nodes with problems are left out, and their names and inputs kept
     * aside. */
    Graph read(Config config, List<Path> files) {
        if (!config.hasPath("graph")) {
            problems.add(config.root().origin(), "graph", "There is no graph { ... } with nodes."
                    + NearestNames.hint("graph", config.root().keySet()));
            return new Graph(Map.of(), List.of(), List.of());
        }
        if (!(config.getValue("graph") instanceof ConfigObject graph)) {
            problems.add(config.getValue("graph").origin(), "graph", "This must be an object with nodes.");
            return new Graph(Map.of(), List.of(), List.of());
        }
        if (graph.isEmpty()) {
            problems.add(graph.origin(), "graph", "The graph has no nodes.");
        }
        Map<String, Node> nodes = new LinkedHashMap<>();
        List<String> names = graph.entrySet().stream()
                .sorted(Comparator.<Map.Entry<String, ConfigValue>>comparingInt(entry -> index(entry, files))
                        .thenComparingInt(entry -> entry.getValue().origin().lineNumber())
                        .thenComparing(Map.Entry::getKey))
                .map(Map.Entry::getKey)
                .toList();
        for (String name : names) {
            node(name, graph.get(name)).ifPresent(node -> nodes.put(name, node));
        }
        return new Graph(nodes, names, edges);
    }

    private static int index(Map.Entry<String, ConfigValue> entry, List<Path> files) {
        String file = entry.getValue().origin().filename();
        return file == null ? files.size() : files.indexOf(Path.of(file));
    }

    private Optional<Node> node(String name, ConfigValue value) {
        String path = "graph." + name;
        if (!NAME.matcher(name).matches()) {
            problems.add(value.origin(), path, "The name of a node has letters, digits, '-' and '_' only.");
            return Optional.empty();
        }
        if (!(value instanceof ConfigObject object)) {
            problems.add(value.origin(), path,
                    "A node is an object with a verb, such as { prune = wanda, of = dense }.");
            return Optional.empty();
        }
        return verb(object, path).flatMap(verb -> node(name, verb, object, path));
    }

    private Optional<Node> node(String name, Verb verb, ConfigObject object, String path) {
        int before = problems.size();
        List<String> inputs = inputs(verb, object, path);
        edges.add(new Graph.Edges(name, inputs, place(object, verb)));
        Optional<Settings> read = settings.read(verb, object, path);
        if (read.isEmpty() || problems.size() > before) {
            return Optional.empty();
        }
        return Optional.of(new Node(name, verb, inputs, read.get(), place(object, verb)));
    }

    /** The line of the verb, which a merged node has too. */
    private static ConfigOrigin place(ConfigObject object, Verb verb) {
        ConfigOrigin own = object.origin();
        return own.filename() == null ? object.get(verb.key()).origin() : own;
    }

    private Optional<Verb> verb(ConfigObject object, String path) {
        List<Verb> verbs = object.keySet().stream().flatMap(key -> Verb.of(key).stream()).sorted().toList();
        if (verbs.size() == 1) {
            return Optional.of(verbs.getFirst());
        }
        if (verbs.isEmpty()) {
            String hint = object.keySet().stream().map(key -> NearestNames.hint(key, Verb.keys()))
                    .filter(found -> !found.isEmpty()).findFirst().orElse("");
            problems.add(object.origin(), path, "The node does not say what it does: it needs one of the verbs "
                    + String.join(", ", Verb.keys()) + "." + hint);
        } else {
            problems.add(object.origin(), path, "A node does one thing, but this one has the verbs "
                    + String.join(" and ", verbs.stream().map(Verb::key).toList()) + ": make a node of each.");
        }
        return Optional.empty();
    }

    private List<String> inputs(Verb verb, ConfigObject object, String path) {
        return switch (verb) {
            case LOAD -> List.of();
            case PRUNE, QUANTIZE -> object.get("of") == null
                    ? List.of()
                    : names(object.get("of"), path + ".of", false);
            case SERVE -> names(object.get(verb.key()), path + "." + verb.key(), false);
            case EVALUATE, BENCHMARK -> names(object.get(verb.key()), path + "." + verb.key(), true);
        };
    }

    private List<String> names(ConfigValue value, String path, boolean several) {
        List<ConfigValue> elements = several && value instanceof ConfigList list ? list : List.of(value);
        List<String> names = new ArrayList<>();
        for (ConfigValue element : elements) {
            if (!(element.unwrapped() instanceof String name)) {
                problems.add(element.origin(), path, "This must be the name of a node"
                        + (several ? " or a list of names." : "."));
            } else if (names.contains(name)) {
                problems.add(element.origin(), path, "'" + name + "' is named twice.");
            } else {
                names.add(name);
            }
        }
        if (elements.isEmpty()) {
            problems.add(value.origin(), path, "The list is empty: name at least one node.");
        }
        return names;
    }
}
