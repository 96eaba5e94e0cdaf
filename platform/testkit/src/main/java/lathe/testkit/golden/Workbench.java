package lathe.testkit.golden;

import static java.util.Objects.requireNonNull;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;

import lathe.runtime.config.RecordBinder;
import lathe.spi.Kind;
import lathe.spi.MethodChoice;
import lathe.spi.Services;
import lathe.spi.backend.Compute;
import lathe.spi.model.LayerInfo;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.Kernels;
import lathe.testkit.scene.MethodFactory;
import lathe.testkit.scene.MethodSource;
import lathe.testkit.scene.Numbers;

/** What an adapter works with: the methods, their configuration from a case's parameters, memory and kernels. */
final class Workbench {
    /** Other names that papers use for the same parameter. */
    private static final Map<String, String> SYNONYMS = Map.ofEntries(
            Map.entry("hhsize", "heavy"),
            Map.entry("sink", "sinks"),
            Map.entry("startsize", "sinks"),
            Map.entry("ninit", "sinks"),
            Map.entry("nlocal", "window"),
            Map.entry("recentsize", "recent"),
            Map.entry("prune", "evict"),
            Map.entry("quantizebit", "bits"),
            Map.entry("groupsize", "group"),
            Map.entry("s", "outliers"),
            Map.entry("rp", "prefillrank"),
            Map.entry("rg", "rank"),
            Map.entry("nb", "block"),
            Map.entry("t", "recovery"),
            Map.entry("rl", "local"),
            Map.entry("rf", "frequent"));
    /** References keep scales in float32 unless a case says otherwise, and methods that can do exactly as they do, do. */
    private static final Map<String, String> REFERENCE_DEFAULTS = Map.of("scaletype", "f32", "parity", "true");

    private final MethodFactory factory;
    private final GoldenEngine engine;
    private final Scope scope;

    Workbench(MethodSource methods, GoldenEngine engine, Scope scope) {
        this.factory = engine.factory(methods);
        this.engine = engine;
        this.scope = requireNonNull(scope, "scope is null");
    }

    /** The platform's services. */
    Services services() {
        return factory.services();
    }

    /** Rotation and attention. */
    Kernels kernels() {
        return engine;
    }

    /** The CPU's kernels. */
    Compute compute() {
        return engine.compute();
    }

    /** The dense matrix of a stored form. */
    Tensor dense(LinearOperator operator) {
        return engine.compute().dense(operator, DataType.F32, scope);
    }

    /** Dies with the case. */
    Scope scope() {
        return scope;
    }

    /** A copy of heads [h, n, d] with positions rotated in. */
    Tensor rotated(Tensor heads, int[] positions, LayerInfo layer) {
        return engine.rotated(heads, positions, layer, scope);
    }

    /** The interface that a method of a case's folder implements. */
    Class<?> contract(Kind kind, String folder) {
        return factory.find(kind, folder).contract();
    }

    /**
     * Makes the method of a case.
     *
     * @param golden      the case
     * @param kind        kind of the method, usually the case's
     * @param descriptive parameters that say how the case was made and are none of the method's
     * @param common      records that share the keys with the method's own
     * @return the method's object and the common records
     */
    MethodFactory.Made make(
            GoldenCase golden, Kind kind, Set<String> descriptive, List<Class<? extends Record>> common) {
        List<Class<? extends Record>> types = new ArrayList<>();
        types.add(factory.find(kind, golden.method()).configType());
        types.addAll(common);
        return factory.make(kind, golden.method(), keysOf(golden, types, descriptive), common);
    }

    /** Runs the part of a method that has the name of the case's operation, if the method has one. */
    Optional<Map<String, Numbers>> stage(GoldenCase golden) {
        if (!factory.offers(golden.kind(), golden.method(), golden.operation())) {
            return Optional.empty();
        }
        Class<? extends Record> type = factory.find(golden.kind(), golden.method()).configType();
        ConfigObject keys = keysOf(golden, List.of(type), golden.parameters().root().keySet());
        Findings findings = new Findings();
        factory.runStage(golden.kind(), golden.method(), golden.operation(), keys,
                new GivenStage(golden, scope, findings));
        return Optional.of(findings.all());
    }

    /** A case's parameters under the names of the records' components. */
    private static ConfigObject keysOf(
            GoldenCase golden, List<Class<? extends Record>> types, Set<String> descriptive) {
        Map<String, String> components = new HashMap<>();
        types.forEach(type -> RecordBinder.names(type).forEach(name -> components.put(plain(name), name)));
        Map<String, ConfigValue> keys = new LinkedHashMap<>();
        Set<String> unknown = new TreeSet<>();
        golden.parameters().root().forEach((name, value) -> {
            String component = components.get(plain(name));
            if (component == null) {
                component = components.get(SYNONYMS.getOrDefault(plain(name), ""));
            }
            if (component != null) {
                keys.put(component, value);
            } else if (!descriptive.contains(name)) {
                unknown.add(name);
            }
        });
        giveToBase(types, golden, keys, unknown);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("The case gives " + unknown + ", but the method only has "
                    + new TreeSet<>(components.values()) + ".");
        }
        REFERENCE_DEFAULTS.forEach((name, value) -> {
            if (components.containsKey(name)) {
                keys.putIfAbsent(components.get(name), ConfigValueFactory.fromAnyRef(value));
            }
        });
        ConfigObject object = ConfigFactory.empty().root();
        for (Map.Entry<String, ConfigValue> entry : keys.entrySet()) {
            object = object.withValue(entry.getKey(), entry.getValue());
        }
        return object;
    }

    /** What a method does not know itself belongs to the method that it builds on. */
    private static void giveToBase(
            List<Class<? extends Record>> types, GoldenCase golden, Map<String, ConfigValue> keys,
            Set<String> unknown) {
        for (Class<? extends Record> type : types) {
            for (RecordComponent component : type.getRecordComponents()) {
                ConfigValue base = keys.get(component.getName());
                if (component.getType() == MethodChoice.class && base != null && !unknown.isEmpty()) {
                    ConfigObject object = ConfigFactory.empty().root().withValue("use", base);
                    for (String name : unknown) {
                        object = object.withValue(name, golden.parameters().root().get(name));
                    }
                    keys.put(component.getName(), object);
                    unknown.clear();
                }
            }
        }
    }

    private static String plain(String name) {
        return name.replace("_", "").replace("-", "").toLowerCase(Locale.ROOT);
    }
}
