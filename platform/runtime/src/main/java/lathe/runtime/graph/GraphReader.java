package lathe.runtime.graph;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;

import lathe.runtime.config.Problems;
import lathe.runtime.registry.NearestNames;
import lathe.runtime.registry.PluginView;
import lathe.spi.Services;

/** Reads the nodes of a resolved experiment, each by its verb. */
final class GraphReader {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]+");

    private final Problems problems;
    private final PluginView view;
    private final Services services;
    private final Path experiment;
    private final List<Graph.Edges> edges = new ArrayList<>();

    GraphReader(PluginView view, Services services, Path experiment, Problems problems) {
        this.view = requireNonNull(view, "view is null");
        this.services = requireNonNull(services, "services is null");
        this.experiment = requireNonNull(experiment, "experiment is null");
        this.problems = requireNonNull(problems, "problems is null");
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
        SettingsReader settings = new SettingsReader(view, services, experiment, texts(graph), problems);
        for (String name : names) {
            node(name, graph.get(name), settings).ifPresent(node -> nodes.put(name, node));
        }
        return new Graph(nodes, names, edges);
    }

    /** The nodes that give text, whether the rest of them is right or not. */
    private static Set<String> texts(ConfigObject graph) {
        return graph.entrySet().stream()
                .filter(entry -> entry.getValue() instanceof ConfigObject node && node.containsKey(Verb.DATA.key()))
                .map(Map.Entry::getKey).collect(Collectors.toSet());
    }

    private static int index(Map.Entry<String, ConfigValue> entry, List<Path> files) {
        String file = entry.getValue().origin().filename();
        return file == null ? files.size() : files.indexOf(Path.of(file));
    }

    private Optional<Node> node(String name, ConfigValue value, SettingsReader settings) {
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
        return verb(object, path).flatMap(verb -> node(name, verb, object, path, settings));
    }

    private Optional<Node> node(String name, Verb verb, ConfigObject object, String path, SettingsReader settings) {
        int before = problems.size();
        List<String> inputs = inputs(verb, object, path);
        Optional<Settings> read = settings.read(verb, object, path);
        List<String> texts = read.map(found -> List.copyOf(found.texts().values())).orElse(List.of());
        edges.add(new Graph.Edges(name, verb, inputs, texts, place(object, verb)));
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
        return switch (verb.edges()) {
            case NONE -> List.of();
            case OF -> of(object, path, false);
            case OF_LIST -> of(object, path, true);
            case VALUE -> names(object.get(verb.key()), path + "." + verb.key(), false);
            case VALUE_LIST -> names(object.get(verb.key()), path + "." + verb.key(), true);
        };
    }

    private List<String> of(ConfigObject object, String path, boolean several) {
        return object.get("of") == null ? List.of() : names(object.get("of"), path + ".of", several);
    }

    private List<String> names(ConfigValue value, String path, boolean several) {
        List<ConfigValue> elements = several && value instanceof ConfigList list ? list : List.of(value);
        List<String> names = new ArrayList<>();
        for (ConfigValue element : elements) {
            if (!(element.unwrapped() instanceof String name)) {
                problems.add(element.origin(), path, "This must be the name of a node"
                        + (several ? " or a list of names." : element instanceof ConfigList
                                ? ", and of one alone: make a node of each." : "."));
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
