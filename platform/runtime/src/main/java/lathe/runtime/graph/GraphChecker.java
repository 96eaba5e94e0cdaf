package lathe.runtime.graph;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

import lathe.runtime.config.Problems;
import lathe.runtime.config.RecordValues;
import lathe.runtime.registry.NearestNames;
import lathe.spi.LatheException;
import lathe.spi.Refusal;
import lathe.spi.Services;
import lathe.spi.attention.AttentionPattern;
import lathe.spi.graph.ModelSource;
import lathe.spi.kv.Evictor;
import lathe.spi.kv.KvPolicy;
import lathe.spi.model.ModelInfo;
import lathe.spi.router.Carver;
import lathe.spi.router.Router;
import lathe.spi.tensor.SparsityPattern;
import lathe.spi.weight.Merger;
import lathe.spi.weight.WeightMethod;

/** Checks a graph before anything runs: references, cycles, types of artifacts, what methods refuse. */
final class GraphChecker {
    private final Models models;
    private final Services services;
    private final Problems problems;
    private final Map<java.nio.file.Path, Optional<ModelSketch>> described = new HashMap<>();

    GraphChecker(Models models, Services services, Problems problems) {
        this.models = requireNonNull(models, "models is null");
        this.services = requireNonNull(services, "services is null");
        this.problems = requireNonNull(problems, "problems is null");
    }

    /**
     * The nodes in an order in which each comes after its inputs. Nodes of a circle are left out, and inputs that do not exist;
     * they are told as problems.
     */
    List<Node> order(Graph graph) {
        references(graph);
        List<Node> ordered = new ArrayList<>();
        Set<String> done = new LinkedHashSet<>();
        for (Node node : graph.nodes().values()) {
            visit(node, graph, new LinkedHashSet<>(), done, ordered);
        }
        return ordered;
    }

    private void references(Graph graph) {
        for (Graph.Edges node : graph.edges()) {
            for (String input : node.inputs()) {
                if (!graph.names().contains(input)) {
                    List<String> others = graph.names().stream().filter(name -> !name.equals(node.node())).toList();
                    String hint = NearestNames.hint(input, others);
                    problems.add(node.origin(), "graph." + node.node(), "There is no node '" + input + "'."
                            + (hint.isEmpty() ? " Nodes: " + String.join(", ", others) + "." : hint));
                }
            }
        }
    }

    private void visit(Node node, Graph graph, Set<String> path, Set<String> done, List<Node> ordered) {
        if (done.contains(node.name())) {
            return;
        }
        if (!path.add(node.name())) {
            List<String> cycle = new ArrayList<>(path);
            cycle = cycle.subList(cycle.indexOf(node.name()), cycle.size());
            problems.add(node.origin(), node.path(), "The nodes go round in a circle: " + String.join(" -> ", cycle)
                    + " -> " + node.name() + ". One of them must start from something else.");
            done.addAll(cycle);
            return;
        }
        List<String> inputs = new ArrayList<>(node.inputs());
        inputs.addAll(node.settings().texts().values());
        for (String input : inputs) {
            Node found = graph.nodes().get(input);
            if (found != null) {
                visit(found, graph, path, done, ordered);
            }
        }
        path.remove(node.name());
        if (done.add(node.name())) {
            ordered.add(node);
        }
    }

    /** Types and refusals, node by node in their order. */
    void check(Graph graph, List<Node> ordered) {
        Set<String> wrong = types(graph);
        Map<String, Optional<ModelFacts>> facts = new LinkedHashMap<>();
        for (Node node : ordered) {
            facts.put(node.name(), wrong.contains(node.name()) ? Optional.empty() : facts(node, facts));
        }
    }

    /** The nodes whose inputs do not fit, told as problems; also nodes that could not be read otherwise have inputs. */
    private Set<String> types(Graph graph) {
        Map<String, Product> products = new HashMap<>();
        for (Graph.Edges edges : graph.edges()) {
            Node node = graph.nodes().get(edges.node());
            if (node != null) {
                products.put(edges.node(), node.product());
            } else if (edges.verb() != Verb.STEP) {
                products.put(edges.node(), edges.verb().product());
            }
        }
        Map<String, Verb> verbs = new HashMap<>();
        graph.edges().forEach(edges -> verbs.put(edges.node(), edges.verb()));
        Set<String> wrong = new LinkedHashSet<>();
        for (Graph.Edges edges : graph.edges()) {
            for (String input : edges.inputs()) {
                Product product = products.get(input);
                if (product == null || !graph.nodes().containsKey(input)) {
                    // It has problems of its own, which have been told.
                    wrong.add(edges.node());
                }
                if (product != null && !edges.verb().takes(product)) {
                    wrong.add(edges.node());
                    problems.add(edges.origin(), "graph." + edges.node(),
                            wrongType(edges.verb(), input, verbs.get(input), product));
                }
            }
        }
        return wrong;
    }

    private static String wrongType(Verb verb, String input, Verb from, Product product) {
        String is = "'" + input + "' (" + from.key() + ") gives " + product.words();
        if (verb.judges()) {
            return verb.key() + " judges models, but " + is + ".";
        } else if (from == Verb.SERVE && verb == Verb.EXPORT) {
            return "export writes a model's weights, but " + is + ": export what is served.";
        } else if (from == Verb.SERVE) {
            return verb.key() + " wants a model's weights, but " + is + ": " + verb.key()
                    + " the model first, and serve the result.";
        }
        return verb.key() + " wants a model, but " + is + ".";
    }

    private Optional<ModelFacts> facts(Node node, Map<String, Optional<ModelFacts>> facts) {
        if (node.settings() instanceof Settings.Load load) {
            return describe(node, load).map(ModelFacts::of);
        }
        if (node.settings() instanceof Settings.Source source) {
            return outline(node, source).map(ModelFacts::of);
        }
        if (node.verb().judges()) {
            judges(node);
            return Optional.empty();
        }
        Optional<ModelFacts> input = node.inputs().isEmpty()
                ? Optional.empty()
                : facts.getOrDefault(node.inputs().getFirst(), Optional.empty());
        if (input.isEmpty()) {
            // Of models that are not there yet nothing is known but that they are models.
            node.settings().methods().forEach(use -> make(node, use));
            return Optional.empty();
        }
        return switch (node.settings()) {
            case Settings.Compress compress when node.verb() == Verb.CONVERT -> convert(node, compress, input.get());
            case Settings.Compress compress -> compress(node, compress, input.get());
            case Settings.Merge merge -> merge(node, merge, facts);
            case Settings.Serve serve -> serve(node, serve, input.get());
            default -> Optional.empty();
        };
    }

    private void judges(Node node) {
        node.settings().methods().forEach(use -> make(node, use));
        if (node.verb() == Verb.COMPARE && node.inputs().size() < 2) {
            problems.add(node.origin(), node.path(),
                    "compare needs two models or more: the first is what the others are "
                            + "compared with.");
        }
    }

    /** What a source says of its model before it is there. */
    private Optional<ModelSketch> outline(Node node, Settings.Source settings) {
        ModelSource source = (ModelSource) make(node, settings.source());
        try {
            return Optional.ofNullable(source).flatMap(ModelSource::config)
                    .map(models::outline);
        } catch (LatheException failure) {
            problems.add(node.origin(), node.path() + ".load", failure.getMessage());
            return Optional.empty();
        }
    }

    private Optional<ModelFacts> convert(Node node, Settings.Compress settings, ModelFacts facts) {
        int before = problems.size();
        Carver carver = (Carver) make(node, settings.method());
        if (carver == null) {
            return Optional.empty();
        }
        String id = settings.method().id();
        if (facts.info().isMixtureOfExperts()) {
            problems.add(node.origin(), node.path(),
                    id + " makes experts of dense networks, but the model has experts.");
        }
        if (facts.quantized().isPresent()) {
            problems.add(node.origin(), node.path(), "'" + facts.quantized().get() + "' holds codes, and " + id
                    + " cuts numbers: convert first and quantize the experts.");
        }
        ask(node, id, () -> carver.refuses(facts.info(), facts.sites()));
        if (carver.calibrates() && settings.calibration().isEmpty()) {
            problems.add(node.origin(), node.path(),
                    id + " looks at activations and needs text for that: add calibration "
                            + "{ data = \"some.txt\" }.");
        }
        patterns(node, settings);
        return problems.size() > before
                ? Optional.empty()
                : Optional.of(facts.afterCarving(carver.routed(), carver.active(), carver.router().id()));
    }

    private Optional<ModelFacts> merge(Node node, Settings.Merge settings, Map<String, Optional<ModelFacts>> facts) {
        int before = problems.size();
        Merger merger = (Merger) make(node, settings.method());
        List<Optional<ModelFacts>> inputs = node.inputs().stream().map(facts::get).toList();
        if (merger == null || inputs.stream().anyMatch(Optional::isEmpty)) {
            return Optional.empty();
        }
        String id = settings.method().id();
        ModelFacts first = inputs.getFirst().orElseThrow();
        if (inputs.size() < merger.fewest()) {
            problems.add(node.origin(), node.path(), id + " makes one model of " + merger.fewest()
                    + " or more, but of names " + inputs.size() + ".");
        }
        for (int i = 0; i < inputs.size(); i++) {
            ModelFacts other = inputs.get(i).orElseThrow();
            if (!first.sameSizes(other)) {
                problems.add(node.origin(), node.path(), "'" + node.inputs().get(i) + "' has other sizes than '"
                        + node.inputs().getFirst() + "': only models of one shape can be merged.");
            } else if (other.quantized().isPresent()) {
                problems.add(node.origin(), node.path(), "'" + other.quantized().get() + "' holds codes, and " + id
                        + " merges numbers: merge first and quantize the result.");
            }
        }
        ask(node, id, () -> merger.refuses(first.info()));
        return problems.size() > before ? Optional.empty() : Optional.of(first.afterMerging());
    }

    private void patterns(Node node, Settings.Compress settings) {
        new SitePatterns(settings.targets(), settings.ignore()).problem().ifPresent(
                sentence -> problems.add(node.origin(), node.path(), sentence));
    }

    /** Groups of a pattern n:m fill the rows of what is pruned. */
    private void groups(Node node, Settings.Compress settings, ModelFacts facts) {
        SitePatterns visited = new SitePatterns(settings.targets(), settings.ignore());
        if (visited.problem().isPresent()) {
            return;
        }
        for (SparsityPattern pattern : RecordValues.all(settings.method().config(), SparsityPattern.class)) {
            facts.sites().stream()
                    .filter(site -> pattern.isGrouped() && visited.matches(site)
                            && site.inFeatures() % pattern.group() != 0)
                    .findFirst()
                    .ifPresent(site -> problems.add(node.origin(), node.path(), "The pattern " + pattern
                            + " needs rows whose length is divisible by " + pattern.group() + ", but " + site.name()
                            + " has " + site.inFeatures() + " inputs."));
        }
    }

    private Optional<ModelSketch> describe(Node node, Settings.Load load) {
        Optional<ModelSketch> known = described.get(load.folder());
        if (known == null) {
            try {
                known = Optional.of(models.describe(load.folder()));
            } catch (LatheException failure) {
                problems.add(node.origin(), node.path() + ".load", failure.getMessage());
                known = Optional.empty();
            }
            described.put(load.folder(), known);
        }
        return known;
    }

    private Optional<ModelFacts> compress(Node node, Settings.Compress settings, ModelFacts facts) {
        int before = problems.size();
        WeightMethod method = (WeightMethod) make(node, settings.method());
        if (method == null) {
            return Optional.empty();
        }
        String id = settings.method().id();
        if (facts.quantized().isPresent()) {
            problems.add(node.origin(), node.path(), "'" + facts.quantized().get() + "' holds codes, and " + id
                    + (switch (node.verb()) {
                        case PRUNE -> " prunes numbers: prune first and quantize the result, which keeps its zeros.";
                        case QUANTIZE -> " would round them a second time: quantize what it was made of.";
                        default -> " makes factors of numbers: factorize what it was made of.";
                    }));
        }
        if (facts.factorized().isPresent()) {
            problems.add(node.origin(), node.path(), "'" + facts.factorized().get() + "' holds factors, and " + id
                    + " works on whole weights: " + node.verb().key() + " what it was made of.");
        }
        if (node.verb() == Verb.QUANTIZE && facts.pruned()
                && settings.method().installed().method().contract() == lathe.spi.weight.BlockMethod.class) {
            problems.add(node.origin(), node.path(), id + " edits whole blocks and would fill the zeros of a pruned "
                    + "model: quantize with a method that works weight by weight.");
        }
        ask(node, id, () -> method.refuses(facts.info()));
        boolean calibrated = settings.calibration().isPresent();
        if (!method.requirements().isEmpty() && !calibrated) {
            problems.add(node.origin(), node.path(), id + " looks at activations (" + names(method)
                    + ") and needs text for that: add calibration { data = \"some.txt\" }.");
        }
        settings.calibration().ifPresent(
                text -> ask(node, id, () -> method.refusesText(text.sequences(), text.length())));
        patterns(node, settings);
        groups(node, settings, facts);
        if (problems.size() > before) {
            return Optional.empty();
        }
        return Optional.of(switch (node.verb()) {
            case PRUNE -> facts.afterPruning(
                    settings.method().installed().method().contract() != lathe.spi.weight.BlockMethod.class);
            case QUANTIZE -> facts.afterQuantizing(node.name());
            default -> facts.afterFactorizing(node.name());
        });
    }

    private static String names(WeightMethod method) {
        return String.join(", ", method.requirements().keys().stream().map(key -> key.name()).sorted().toList());
    }

    private Optional<ModelFacts> serve(Node node, Settings.Serve settings, ModelFacts facts) {
        int before = problems.size();
        ModelInfo info = facts.info();
        for (MethodUse use : settings.methods()) {
            Object made = make(node, use);
            ask(node, use.id(), () -> switch (made) {
                case null -> Optional.empty();
                case AttentionPattern pattern -> pattern.refuses(info);
                case Evictor evictor -> evictor.refuses(info);
                case KvPolicy policy -> policy.refuses(info);
                case Router router -> info.isMixtureOfExperts()
                        ? router.refuses(info)
                        : Optional.of(Refusal.because("The model has no experts to route to."));
                default -> Optional.empty();
            });
        }
        return problems.size() > before ? Optional.empty() : Optional.of(facts.afterServing());
    }

    /** A method that fails while it is asked leaves a problem among the others, too. */
    private void ask(Node node, String method, Supplier<Optional<Refusal>> question) {
        try {
            question.get().ifPresent(refusal -> problems.add(node.origin(), node.path(),
                    method + " cannot do this: " + refusal.reason()));
        } catch (LatheException failure) {
            problems.add(node.origin(), node.path(), failure.getMessage());
        } catch (RuntimeException | LinkageError failure) {
            problems.add(node.origin(), node.path(),
                    "The method " + method + " fails when it is asked what it can do: " + failure + ".");
        }
    }

    /** Methods are made once at planning time, so that what they refuse is known; null if that fails. */
    private Object make(Node node, MethodUse use) {
        try {
            return use.create(services);
        } catch (LatheException failure) {
            problems.add(node.origin(), use.path(), failure.getMessage());
        } catch (RuntimeException | LinkageError failure) {
            problems.add(node.origin(), use.path(),
                    "The method " + use.id() + " of " + use.installed().source().bundle()
                            + " cannot be made: " + failure + ".");
        }
        return null;
    }
}
