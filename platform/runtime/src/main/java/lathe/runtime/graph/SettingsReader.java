package lathe.runtime.graph;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;

import lathe.models.exchange.ExportLayout;
import lathe.runtime.compress.CalibrationMemory;
import lathe.runtime.config.KeySpelling;
import lathe.runtime.config.Problems;
import lathe.runtime.config.RecordBinder;
import lathe.runtime.registry.InstalledMethod;
import lathe.runtime.registry.NearestNames;
import lathe.runtime.registry.PluginView;
import lathe.spi.Kind;
import lathe.spi.LatheException;
import lathe.spi.Services;
import lathe.spi.graph.DataSource;
import lathe.spi.graph.Step;
import lathe.spi.tensor.DataType;

/** Reads what a node says beside its verb and edges. */
final class SettingsReader {
    private final Problems problems;
    private final RecordBinder binder;
    private final MethodReader methods;
    private final FileFinder files;
    private final Services services;
    private final Set<String> texts;

    /**
     * @param services what methods are made with for a trial
     * @param texts    names of the nodes that give text
     */
    SettingsReader(PluginView view, Services services, Path experiment, Set<String> texts, Problems problems) {
        this.services = requireNonNull(services, "services is null");
        this.texts = Set.copyOf(texts);
        this.problems = requireNonNull(problems, "problems is null");
        this.binder = new RecordBinder(problems);
        this.methods = new MethodReader(view, problems);
        this.files = new FileFinder(experiment, problems);
    }

    Optional<Settings> read(Verb verb, ConfigObject object, String path) {
        return switch (verb) {
            case LOAD -> load(object, path);
            case DATA -> data(object, path);
            case PRUNE -> compress(Kind.PRUNER, verb, object, path);
            case QUANTIZE -> compress(Kind.QUANTIZER, verb, object, path);
            case FACTORIZE -> compress(Kind.FACTORIZER, verb, object, path);
            case CONVERT -> compress(Kind.CARVER, verb, object, path);
            case MERGE -> several(Kind.MERGER, verb, object, path).map(Settings.Merge::new);
            case TUNE -> tune(object, path);
            case STEP -> several(Kind.STEP, verb, object, path).flatMap(this::step);
            case EXPORT -> export(object, path);
            case SERVE -> serve(object, path);
            case EVALUATE -> evaluate(verb, List.of("perplexity"), object, path).map(
                    found -> new Settings.Evaluate(found.on(), found.metrics()));
            case COMPARE -> evaluate(verb, List.of("loss-difference", "kl", "top1-agreement"), object, path).map(
                    found -> new Settings.Compare(found.on(), found.metrics()));
            case BENCHMARK -> benchmark(object, path);
        };
    }

    private Optional<Settings> load(ConfigObject object, String path) {
        binder.bindAll(List.of(NodeKeys.None.class), object, path, List.of("load"));
        if (object.get("load") instanceof ConfigObject source) {
            return using(Kind.MODEL_SOURCE, source, path + ".load").map(Settings.Source::new);
        }
        return files.folder(object.get("load"), path + ".load").map(Settings.Load::new);
    }

    private Optional<Settings> data(ConfigObject object, String path) {
        List<String> common = new ArrayList<>(RecordBinder.names(NodeKeys.Data.class));
        Optional<NodeKeys.Data> keys = binder.bind(NodeKeys.Data.class, only(object, common), path);
        ConfigValue id = object.get("data");
        boolean task = methods.has(Kind.TASK, id) && !methods.has(Kind.DATA_SOURCE, id);
        if (!task) {
            common.clear();
        }
        common.add("data");
        Optional<MethodUse> use = methods.read(
                task ? Kind.TASK : Kind.DATA_SOURCE, id, path + ".data", object, path, common);
        return keys.isEmpty() ? Optional.empty() : use.flatMap(this::trial).map(made -> new Settings.Data(
                use.orElseThrow(), keys.get().count(), made instanceof DataSource source ? source.files() : List.of()));
    }

    /** A method made for what it says of itself. */
    private Optional<Object> trial(MethodUse use) {
        try {
            return Optional.of(use.create(services));
        } catch (LatheException failure) {
            problems.add(use.origin(), use.path(), failure.getMessage());
        } catch (RuntimeException | LinkageError failure) {
            problems.add(use.origin(), use.path(), "The method " + use.id() + " of "
                    + use.installed().source().bundle() + " cannot be made: " + failure + ".");
        }
        return Optional.empty();
    }

    private Optional<MethodUse> several(Kind kind, Verb verb, ConfigObject object, String path) {
        if (kind != Kind.STEP) {
            requireOf(object, path, "the names of the models");
        }
        return methods.read(kind, object.get(verb.key()), path + "." + verb.key(), object, path,
                List.of("of", verb.key()));
    }

    private void requireOf(ConfigObject object, String path, String what) {
        if (object.get("of") == null) {
            problems.add(object.origin(), path, "The key 'of' is missing: " + what + " that it works on.");
        }
    }

    /** What a step leaves is asked of the step itself. */
    private Optional<Settings> step(MethodUse use) {
        return trial(use).map(step -> new Settings.OwnStep(use, ((Step) step).product()));
    }

    private Optional<Settings> tune(ConfigObject object, String path) {
        problems.add(object.get("tune").origin(), path + ".tune",
                "This version of Lathe cannot train a model in an "
                        + "experiment: tuners take steps in tests alone.");
        return Optional.empty();
    }

    private Optional<Settings> export(ConfigObject object, String path) {
        Optional<List<Record>> bound = binder.bindAll(List.of(NodeKeys.Export.class), object, path, List.of("export"));
        if (bound.isEmpty()) {
            return Optional.empty();
        }
        NodeKeys.Export keys = (NodeKeys.Export) bound.get().getFirst();
        Optional<ExportLayout> layout = ExportLayout.labelled(keys.layout());
        if (layout.isEmpty()) {
            problems.add(get(object, "layout").origin(), path + ".layout", "There is no layout '" + keys.layout() + "'."
                    + NearestNames.hint(keys.layout(), ExportLayout.labels()) + " Layouts: "
                    + String.join(", ", ExportLayout.labels()) + ".");
        }
        Optional<Path> to = keys.to().flatMap(name -> files.target(get(object, "to"), path + ".to"));
        if (layout.isEmpty() || keys.to().isPresent() && to.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Settings.Export(
                layout.get(), keys.type().map(type -> DataType.valueOf(type.name())), to));
    }

    private Optional<Settings> compress(Kind kind, Verb verb, ConfigObject object, String path) {
        List<String> common = RecordBinder.names(NodeKeys.Compress.class);
        requireOf(object, path, "the name of the node");
        Optional<NodeKeys.Compress> keys = binder.bind(NodeKeys.Compress.class, only(object, common), path);
        List<String> ignored = new ArrayList<>(common);
        ignored.add(verb.key());
        Optional<MethodUse> use = methods.read(
                kind, object.get(verb.key()), path + "." + verb.key(), object, path, ignored);
        Optional<Settings.Calibration> calibration = keys.flatMap(NodeKeys.Compress::calibration)
                .flatMap(given -> calibration(given, path + ".calibration"));
        if (keys.isEmpty() || use.isEmpty() || keys.get().calibration().isPresent() && calibration.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new Settings.Compress(use.get(), calibration, keys.get().targets(), keys.get().ignore()));
    }

    private Optional<Settings.Calibration> calibration(ConfigObject object, String path) {
        return binder.bind(NodeKeys.Calibration.class, object, path)
                .flatMap(keys -> text(get(object, "data"), path + ".data")
                        .flatMap(text -> memory(keys, object, path).map(
                                bytes -> new Settings.Calibration(
                                        text, keys.sequences(), keys.length(), keys.skip(), bytes))));
    }

    private Optional<Long> memory(NodeKeys.Calibration keys, ConfigObject object, String path) {
        if (keys.memory().isEmpty()) {
            return Optional.of(CalibrationMemory.STANDARD);
        }
        Optional<Long> bytes = ByteSize.parse(keys.memory().get());
        if (bytes.isEmpty()) {
            problems.add(get(object, "memory").origin(), path + ".memory",
                    "This must be a number of bytes, such as \"512 MiB\".");
        }
        return bytes;
    }

    /** A data node if there is one of the name, else a file. */
    private Optional<Text> text(ConfigValue value, String path) {
        if (value != null && value.unwrapped() instanceof String name && texts.contains(name)) {
            return Optional.of(new Text.OfNode(name));
        }
        return files.file(value, path).map(Text.File::new);
    }

    private Optional<Settings> serve(ConfigObject object, String path) {
        int before = problems.size();
        Optional<List<Record>> bound = binder.bindAll(List.of(NodeKeys.Serve.class), object, path, List.of("serve"));
        Optional<MethodUse> attention = part(Kind.ATTENTION, object, "attention", path);
        Optional<MethodUse> cache = part(Kind.KV_POLICY, object, "cache", path);
        Optional<MethodUse> router = part(Kind.ROUTER, object, "router", path);
        if (problems.size() > before || bound.isEmpty()) {
            return Optional.empty();
        }
        NodeKeys.Serve keys = (NodeKeys.Serve) bound.get().getFirst();
        return Optional.of(
                new Settings.Serve(attention, cache, router, DataType.valueOf(keys.cacheType().name())));
    }

    private Optional<MethodUse> part(Kind kind, ConfigObject node, String key, String nodePath) {
        if (!(get(node, key) instanceof ConfigObject object)) {
            return Optional.empty();
        }
        return using(kind, object, nodePath + "." + key);
    }

    private Optional<MethodUse> using(Kind kind, ConfigObject object, String path) {
        ConfigValue use = object.get("use");
        if (use == null) {
            problems.add(object.origin(), path, "The key 'use' is missing: the name of a " + kind.label() + " method.");
            return Optional.empty();
        }
        return methods.read(kind, use, path + ".use", object, path, List.of("use"));
    }

    /** What evaluate and compare say. */
    private record Judged(Text on, List<MethodUse> metrics) {}

    private Optional<Judged> evaluate(Verb verb, List<String> standard, ConfigObject object, String path) {
        List<String> common = RecordBinder.names(NodeKeys.Evaluate.class);
        Optional<NodeKeys.Evaluate> keys = binder.bind(NodeKeys.Evaluate.class, only(object, common), path);
        Optional<Text> on = keys.flatMap(found -> text(get(object, "on"), path + ".on"));
        ConfigValue listed = get(object, "metrics");
        ConfigValue names = listed == null
                ? ConfigValueFactory.fromIterable(standard).withOrigin(object.origin())
                : listed;
        List<ConfigValue> elements = names instanceof ConfigList list ? list : List.of(names);
        Set<String> known = new LinkedHashSet<>(common);
        known.add(verb.key());
        int before = problems.size();
        // Taken before the loop: a key of one metric is said for all of them.
        ConfigObject shared = only(object, known, false);
        List<MethodUse> metrics = new ArrayList<>();
        for (int i = 0; i < elements.size(); i++) {
            String at = path + ".metrics" + (names instanceof ConfigList ? "[" + i + "]" : "");
            metric(elements.get(i), at, shared, known).ifPresent(metrics::add);
        }
        if (problems.size() == before) {
            // Keys of the node that no metric has.
            binder.bindAll(List.of(), object, path, known);
        }
        return keys.isEmpty() || on.isEmpty() || problems.size() > before
                ? Optional.empty()
                : Optional.of(new Judged(on.get(), metrics));
    }

    /** A metric takes its parameters from its own object first, and from the node for what is not said there. */
    private Optional<MethodUse> metric(ConfigValue element, String path, ConfigObject shared, Set<String> known) {
        boolean plain = !(element instanceof ConfigObject);
        ConfigValue id = plain ? element : ((ConfigObject) element).get("use");
        if (id == null) {
            problems.add(element.origin(), path, "The key 'use' is missing: the name of a metric.");
            return Optional.empty();
        }
        ConfigObject given = plain ? ConfigFactory.empty().root() : (ConfigObject) element;
        Optional<InstalledMethod> method = methods.find(Kind.METRIC, id, path, given);
        if (method.isEmpty()) {
            return Optional.empty();
        }
        List<String> own = RecordBinder.names(method.get().method().configType());
        known.addAll(own);
        ConfigObject object = only(shared, own);
        ConfigObject merged = plain ? object : (ConfigObject) element.withFallback(object);
        return methods.read(Kind.METRIC, id, path, merged.withOrigin(element.origin()), path, List.of("use"));
    }

    private Optional<Settings> benchmark(ConfigObject object, String path) {
        Optional<List<Record>> bound = binder.bindAll(
                List.of(NodeKeys.Benchmark.class), object, path, List.of("benchmark"));
        if (bound.isEmpty()) {
            return Optional.empty();
        }
        NodeKeys.Benchmark keys = (NodeKeys.Benchmark) bound.get().getFirst();
        Optional<Text> on = keys.on().flatMap(name -> text(get(object, "on"), path + ".on"));
        return keys.on().isPresent() && on.isEmpty()
                ? Optional.empty()
                : Optional.of(new Settings.Benchmark(on, keys.prompt(), keys.generate(), keys.repeats()));
    }

    private static ConfigObject only(ConfigObject object, java.util.Collection<String> names) {
        return only(object, names, true);
    }

    /** The object with those keys alone, or without them, whatever their spelling. */
    private static ConfigObject only(ConfigObject object, java.util.Collection<String> names, boolean kept) {
        ConfigObject part = object;
        for (String key : object.keySet()) {
            boolean named = names.stream().anyMatch(name -> KeySpelling.same(name, key));
            part = named == kept ? part : part.withoutKey(key);
        }
        return part.isEmpty() ? ConfigFactory.empty().root().withOrigin(object.origin()) : part;
    }

    private static ConfigValue get(ConfigObject object, String name) {
        return object.keySet().stream().filter(key -> KeySpelling.same(name, key)).findFirst().map(object::get)
                .orElse(null);
    }
}
