package lathe.runtime.graph;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValue;

import lathe.report.PlotRequest;
import lathe.runtime.config.HoconFile;
import lathe.runtime.config.Overrides;
import lathe.runtime.config.Problems;
import lathe.runtime.registry.NearestNames;
import lathe.runtime.registry.PluginView;
import lathe.spi.LatheException;
import lathe.spi.Services;

/** Reads an experiment, checks all of it, at all sweep points, and plans its work. Nothing is computed. */
public final class Planner {
    private static final Set<String> TOP = Set.of("name", "description", "seed", "graph", "sweep", "repeat", "points",
            "report");

    private final PluginView view;
    private final Models models;
    private final Services services;
    private final FileDigests files;
    private final String machine;
    private final CodeDigests code = new CodeDigests();
    private final int mostPoints;

    /**
     * @param view       the methods to plan with
     * @param models     looks at model folders
     * @param services   what methods are made with for a trial
     * @param files      digests of inputs
     * @param machine    what speed depends on: processor, kernels, threads
     * @param mostPoints points of a sweep that are accepted
     */
    public Planner(PluginView view, Models models, Services services, FileDigests files, String machine,
            int mostPoints) {
        this.view = requireNonNull(view, "view is null");
        this.models = requireNonNull(models, "models is null");
        this.services = requireNonNull(services, "services is null");
        this.files = requireNonNull(files, "files is null");
        this.machine = requireNonNull(machine, "machine is null");
        this.mostPoints = mostPoints;
    }

    /**
     * Plans an experiment.
     *
     * @param path      the experiment file
     * @param overrides values put over it
     * @return the plan, with everything that is wrong
     */
    public Plan plan(Path path, Overrides overrides) {
        Problems problems = new Problems();
        Path file = path.toAbsolutePath().normalize();
        Optional<HoconFile> read = HoconFile.load(file, overrides, problems);
        Optional<Config> base = read.flatMap(hocon -> hocon.resolve(Map.of(), problems));
        if (base.isEmpty()) {
            return new Plan(file, stem(file), "", 0, Optional.empty(), List.of(), List.of(), List.of(), List.of(),
                    problems.list());
        }
        Config config = base.get();
        HeadReader head = new HeadReader(problems);
        List<PlotRequest> plots = head.plots(config);
        mistyped(config, problems);
        Work work = new Work(file, read.get(), problems);
        for (Map<String, ConfigValue> point : new Sweep(problems, mostPoints).points(config)) {
            work.add(point, head);
        }
        files.remember();
        boolean ok = problems.isEmpty();
        return new Plan(file, head.name(config, stem(file)), head.description(config), head.seed(config), base,
                read.get().included(), ok ? work.nodes : List.of(), ok ? work.tasks() : List.of(), plots,
                problems.list());
    }

    private static String stem(Path file) {
        String name = file.getFileName() == null ? "experiment" : file.getFileName().toString();
        return name.endsWith(".conf") ? name.substring(0, name.length() - 5) : name;
    }

    /** Any key may stand at the top, for substitutions; one that looks like a known one is a mistake most likely. */
    private static void mistyped(Config config, Problems problems) {
        for (String key : config.root().keySet()) {
            if (!TOP.contains(key) && key.length() > 3 && NearestNames.isTypo(key, TOP)) {
                problems.add(config.root().get(key).origin(), key,
                        "Unknown key '" + key + "'." + NearestNames.hint(key, TOP));
            }
        }
    }

    /** The work of all sweep points, shared where they agree. */
    private final class Work {
        private final Path file;
        private final HoconFile hocon;
        private final Problems problems;
        private final GraphChecker checker;
        private final Addresses addresses = new Addresses(files, code, machine);
        private final Map<String, Task> tasks = new LinkedHashMap<>();
        private final Map<String, List<Map<String, Object>>> points = new HashMap<>();
        private List<Node> nodes = List.of();

        Work(Path file, HoconFile hocon, Problems problems) {
            this.file = file;
            this.hocon = hocon;
            this.problems = problems;
            this.checker = new GraphChecker(models, services, problems);
        }

        void add(Map<String, ConfigValue> point, HeadReader head) {
            Optional<Config> config = hocon.resolve(point, problems);
            if (config.isEmpty()) {
                return;
            }
            Graph graph = new GraphReader(view, services, file, problems).read(config.get(), hocon.included());
            List<Node> ordered = checker.order(graph);
            checker.check(graph, ordered);
            long seed = head.seed(config.get());
            if (problems.isEmpty()) {
                nodes = nodes.isEmpty() ? ordered : nodes;
                try {
                    plan(ordered, Sweep.shown(point), seed);
                } catch (LatheException unreadable) {
                    problems.add(null, "", unreadable.getMessage());
                }
            }
        }

        private void plan(List<Node> ordered, Map<String, Object> point, long seed) {
            Map<String, Task> made = new HashMap<>();
            for (Node node : ordered) {
                if (node.verb().judges()) {
                    Task reference = made.get(node.inputs().getFirst());
                    for (String subject : node.inputs()) {
                        boolean first = subject.equals(reference.node().name());
                        List<Task> inputs = new ArrayList<>(List.of(made.get(subject)));
                        if (node.verb() != Verb.BENCHMARK && !first) {
                            inputs.add(reference);
                        }
                        if (node.verb() != Verb.COMPARE || !first) {
                            task(node, Optional.of(subject), inputs, made, point, seed);
                        }
                    }
                } else {
                    List<Task> inputs = node.inputs().stream().map(made::get).toList();
                    made.put(node.name(), task(node, Optional.empty(), inputs, made, point, seed));
                }
            }
        }

        private Task task(Node node, Optional<String> subject, List<Task> works, Map<String, Task> made,
                Map<String, Object> point, long seed) {
            List<Task> inputs = new ArrayList<>(works);
            Map<String, String> texts = new LinkedHashMap<>();
            node.settings().texts().forEach((key, name) -> {
                texts.put(key, made.get(name).id());
                inputs.add(made.get(name));
            });
            String content = addresses.content(node, subject, inputs.stream().map(Task::address).toList(), seed);
            String address = Addresses.of(content);
            String id = node.name() + subject.map(name -> ":" + name).orElse("") + "@" + address;
            points.computeIfAbsent(id, key -> new ArrayList<>()).add(point);
            Task task = new Task(
                    id, node, subject, inputs.stream().map(Task::id).toList(), texts, point, seed, address,
                    content);
            return tasks.merge(id, task, (first, second) -> first);
        }

        /** The tasks, each with the sweep keys that all points sharing it agree in. */
        List<Task> tasks() {
            return tasks.values().stream().map(task -> new Task(task.id(), task.node(), task.subject(), task.inputs(),
                    task.texts(), common(points.get(task.id())), task.seed(), task.address(), task.content())).toList();
        }

        private static Map<String, Object> common(List<Map<String, Object>> shared) {
            Map<String, Object> common = new LinkedHashMap<>(shared.getFirst());
            shared.forEach(point -> common.entrySet().removeIf(
                    entry -> !entry.getValue().equals(point.get(entry.getKey()))));
            return common;
        }
    }
}
