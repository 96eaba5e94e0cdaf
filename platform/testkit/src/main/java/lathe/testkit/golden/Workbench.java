package lathe.testkit.golden;

import static java.util.Objects.requireNonNull;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;

import lathe.runtime.config.Problems;
import lathe.runtime.config.RecordBinder;
import lathe.spi.Kind;
import lathe.spi.Method;
import lathe.spi.MethodChoice;
import lathe.spi.Services;
import lathe.spi.backend.AttentionCall;
import lathe.spi.kv.Observed;
import lathe.spi.model.LayerInfo;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** What an adapter works with: the methods, their configuration from a case's parameters, memory and kernels. */
final class Workbench {
    /** Other names that papers use for the same parameter. */
    private static final Map<String, String> SYNONYMS = Map.of(
            "hhsize", "heavy",
            "sink", "sinks",
            "startsize", "sinks",
            "ninit", "sinks",
            "nlocal", "window",
            "recentsize", "recent",
            "prune", "evict");
    /** References keep scales in float32 unless a case says otherwise, and methods that can do exactly as they do, do. */
    private static final Map<String, String> REFERENCE_DEFAULTS = Map.of("scaletype", "f32", "parity", "true");

    private final MethodSource methods;
    private final Services services;
    private final GoldenEngine engine;
    private final Scope scope;

    Workbench(MethodSource methods, GoldenEngine engine, Scope scope) {
        this.methods = requireNonNull(methods, "methods is null");
        this.services = engine.services(this::make);
        this.engine = engine;
        this.scope = requireNonNull(scope, "scope is null");
    }

    /** The platform's services. */
    Services services() {
        return services;
    }

    /** The dense matrix of a stored form. */
    Tensor dense(LinearOperator operator) {
        return engine.dense(operator, scope);
    }

    /** Dies with the case. */
    Scope scope() {
        return scope;
    }

    /** A copy of heads [h, n, d] with positions rotated in. */
    Tensor rotated(Tensor heads, int[] positions, LayerInfo layer) {
        Tensor rotated = heads.in(scope).copy();
        engine.rotate(rotated, positions, layer.rotary().orElseThrow());
        return rotated;
    }

    /** Attention by the CPU's kernels. */
    Observed attend(AttentionCall call, Scope observations) {
        return engine.attend(call, observations);
    }

    /** The interface that a method of a case's folder implements. */
    Class<?> contract(Kind kind, String folder) {
        return methods.require(kind, folder).contract();
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
    Made make(GoldenCase golden, Kind kind, Set<String> descriptive, List<Class<? extends Record>> common) {
        Method<?> method = methods.require(kind, golden.method());
        List<Class<? extends Record>> types = new ArrayList<>();
        types.add(method.configType());
        types.addAll(common);
        List<Record> records = bind(types, keysOf(golden, types, descriptive), golden.method());
        return new Made(create(method, records.getFirst()), records.subList(1, records.size()));
    }

    /** What was made for a case. */
    record Made(Object method, List<Record> common) {}

    private <T> T make(Kind kind, MethodChoice choice, Class<T> contract) {
        Method<?> method = methods.require(kind, choice.id());
        List<Record> records = bind(List.of(method.configType()), keysOf(choice), choice.id());
        return contract.cast(create(method, records.getFirst()));
    }

    @SuppressWarnings("unchecked")
    private Object create(Method<?> method, Record config) {
        return ((Method<Record>) method).create(config, services);
    }

    private static List<Record> bind(List<Class<? extends Record>> types, ConfigObject keys, String path) {
        Problems problems = new Problems();
        List<Record> records = new RecordBinder(problems).bindAll(types, keys, path, Set.of()).orElse(List.of());
        problems.throwIfAny();
        return records;
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

    private static ConfigObject keysOf(MethodChoice choice) {
        ConfigObject keys = choice.parameters().map(Config::root).orElse(ConfigFactory.empty().root());
        for (Map.Entry<String, Object> setting : choice.settings().entrySet()) {
            keys = keys.withValue(setting.getKey(), ConfigValueFactory.fromAnyRef(setting.getValue()));
        }
        return keys;
    }

    private static String plain(String name) {
        return name.replace("_", "").replace("-", "").toLowerCase(Locale.ROOT);
    }
}
