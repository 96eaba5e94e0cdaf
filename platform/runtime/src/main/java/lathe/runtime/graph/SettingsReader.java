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

import lathe.runtime.config.KeySpelling;
import lathe.runtime.config.Problems;
import lathe.runtime.config.RecordBinder;
import lathe.runtime.registry.InstalledMethod;
import lathe.runtime.registry.PluginView;
import lathe.spi.Kind;
import lathe.spi.tensor.DataType;

/** Reads what a node says beside its verb and edges. */
final class SettingsReader {
    private final Problems problems;
    private final RecordBinder binder;
    private final MethodReader methods;
    private final FileFinder files;

    SettingsReader(PluginView view, Path experiment, Problems problems) {
        this.problems = requireNonNull(problems, "problems is null");
        this.binder = new RecordBinder(problems);
        this.methods = new MethodReader(view, problems);
        this.files = new FileFinder(experiment, problems);
    }

    Optional<Settings> read(Verb verb, ConfigObject object, String path) {
        return switch (verb) {
            case LOAD -> load(object, path);
            case PRUNE -> compress(Kind.PRUNER, verb, object, path);
            case QUANTIZE -> compress(Kind.QUANTIZER, verb, object, path);
            case SERVE -> serve(object, path);
            case EVALUATE -> evaluate(object, path);
            case BENCHMARK -> benchmark(object, path);
        };
    }

    private record NoKeys() {}

    private Optional<Settings> load(ConfigObject object, String path) {
        binder.bindAll(List.of(NoKeys.class), object, path, List.of("load"));
        return files.folder(object.get("load"), path + ".load").map(Settings.Load::new);
    }

    private Optional<Settings> compress(Kind kind, Verb verb, ConfigObject object, String path) {
        List<String> common = RecordBinder.names(NodeKeys.Compress.class);
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
                .flatMap(keys -> files.file(get(object, "data"), path + ".data").map(file -> new Settings.Calibration(
                        file, keys.sequences(), keys.length(), keys.skip())));
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
        String path = nodePath + "." + key;
        ConfigValue use = object.get("use");
        if (use == null) {
            problems.add(object.origin(), path, "The key 'use' is missing: the name of a " + kind.label() + " method.");
            return Optional.empty();
        }
        return methods.read(kind, use, path + ".use", object, path, List.of("use"));
    }

    private Optional<Settings> evaluate(ConfigObject object, String path) {
        List<String> common = RecordBinder.names(NodeKeys.Evaluate.class);
        Optional<NodeKeys.Evaluate> keys = binder.bind(NodeKeys.Evaluate.class, only(object, common), path);
        Optional<Path> on = keys.flatMap(found -> files.file(get(object, "on"), path + ".on"));
        ConfigValue listed = get(object, "metrics");
        ConfigValue names = listed == null
                ? ConfigValueFactory.fromAnyRef("perplexity").withOrigin(object.origin())
                : listed;
        List<ConfigValue> elements = names instanceof ConfigList list ? list : List.of(names);
        Set<String> known = new LinkedHashSet<>(common);
        known.add("evaluate");
        int before = problems.size();
        List<MethodUse> metrics = new ArrayList<>();
        for (int i = 0; i < elements.size(); i++) {
            String at = path + ".metrics" + (names instanceof ConfigList ? "[" + i + "]" : "");
            metric(elements.get(i), at, only(object, known, false), known).ifPresent(metrics::add);
        }
        if (problems.size() == before) {
            // Keys of the node that no metric has.
            binder.bindAll(List.of(), object, path, known);
        }
        return keys.isEmpty() || on.isEmpty() || problems.size() > before
                ? Optional.empty()
                : Optional.of(new Settings.Evaluate(on.get(), metrics));
    }

    /** A metric takes its parameters from its own object first, and from the node for what is not said there. */
    private Optional<MethodUse> metric(ConfigValue element, String path, ConfigObject shared, Set<String> known) {
        boolean plain = !(element instanceof ConfigObject);
        ConfigValue id = plain ? element : ((ConfigObject) element).get("use");
        if (id == null) {
            problems.add(element.origin(), path, "The key 'use' is missing: the name of a metric.");
            return Optional.empty();
        }
        Optional<InstalledMethod> method = methods.find(Kind.METRIC, id, path);
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
        Optional<Path> on = keys.on().flatMap(name -> files.file(get(object, "on"), path + ".on"));
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
