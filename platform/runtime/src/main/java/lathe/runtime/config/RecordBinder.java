package lathe.runtime.config;

import static java.util.Objects.requireNonNull;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;

import lathe.runtime.registry.NearestNames;
import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Binds HOCON objects to records. Keys are the names of the record's components, in any of the usual spellings; every
 * unknown key, missing value, wrong type and value out of range becomes a problem at its file and line.
 */
public final class RecordBinder {
    private final Problems problems;
    private final ValueReader values = new ValueReader(this);

    /**
     * @param problems receives what is wrong
     */
    public RecordBinder(Problems problems) {
        this.problems = requireNonNull(problems, "problems is null");
    }

    /**
     * Binds an object to a record.
     *
     * @param <R>    the record
     * @param type   its class
     * @param object what the file says
     * @param path   where the object stands, such as {@code graph.pruned}
     * @return the record; empty if something is wrong, which has then been noted
     */
    public <R extends Record> Optional<R> bind(Class<R> type, ConfigObject object, String path) {
        return bindAll(List.of(type), object, path, Set.of()).map(bound -> type.cast(bound.getFirst()));
    }

    /**
     * Binds an object whose keys belong to several records. A key that several of them have goes to each.
     *
     * @param types   the records' classes
     * @param object  what the file says
     * @param path    where the object stands
     * @param ignored keys that somebody else reads
     * @return the records in the order of the classes; empty if something is wrong, which has then been noted
     */
    public Optional<List<Record>> bindAll(
            List<? extends Class<? extends Record>> types, ConfigObject object, String path,
            Collection<String> ignored) {
        int before = problems.size();
        Map<String, ConfigValue> given = given(object, path);
        Set<String> known = new LinkedHashSet<>();
        types.forEach(type -> known.addAll(names(type)));
        known.addAll(ignored);
        refuseUnknown(object, path, known);
        List<Record> bound = new ArrayList<>();
        for (Class<? extends Record> type : types) {
            make(type, given, object.origin(), path).ifPresent(bound::add);
        }
        return problems.size() == before ? Optional.of(bound) : Optional.empty();
    }

    /**
     * The keys of a record.
     *
     * @param type its class
     * @return names of its components
     */
    public static List<String> names(Class<? extends Record> type) {
        List<String> names = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            names.add(component.getName());
        }
        return names;
    }

    /** Values by canonical key; two spellings of one key are a problem. */
    private Map<String, ConfigValue> given(ConfigObject object, String path) {
        Map<String, ConfigValue> given = new LinkedHashMap<>();
        Map<String, String> spelled = new LinkedHashMap<>();
        object.forEach((key, value) -> {
            String other = spelled.put(KeySpelling.canonical(key), key);
            if (other != null) {
                problems.add(value.origin(), join(path, key), "The same key is also written " + other + ": keep one.");
            }
            given.put(KeySpelling.canonical(key), value);
        });
        return given;
    }

    private void refuseUnknown(ConfigObject object, String path, Set<String> known) {
        Set<String> canonical = new LinkedHashSet<>();
        known.forEach(key -> canonical.add(KeySpelling.canonical(key)));
        object.forEach((key, value) -> {
            if (!canonical.contains(KeySpelling.canonical(key))) {
                List<String> spelled = KeySpelling.spelledLike(key, known);
                String hint = NearestNames.hint(key, spelled);
                String all = known.isEmpty() ? " There are no keys here."
                        : " Known keys: " + String.join(", ", spelled) + ".";
                problems.add(value.origin(), join(path, key),
                        "Unknown key '" + key + "'." + (hint.isEmpty() ? all : hint));
            }
        });
    }

    <R extends Record> Optional<R> make(Class<R> type, Map<String, ConfigValue> given, ConfigOrigin origin,
            String path) {
        int before = problems.size();
        RecordComponent[] components = type.getRecordComponents();
        Object[] arguments = new Object[components.length];
        Class<?>[] parameters = new Class<?>[components.length];
        for (int i = 0; i < components.length; i++) {
            parameters[i] = components[i].getType();
            arguments[i] = component(components[i], given, origin, path);
        }
        return problems.size() > before ? Optional.empty() : construct(type, parameters, arguments, origin, path);
    }

    private Object component(
            RecordComponent component, Map<String, ConfigValue> given, ConfigOrigin origin, String path) {
        String key = component.getName();
        ConfigValue value = given.get(KeySpelling.canonical(key));
        Range range = component.getAnnotation(Range.class);
        ValueReader.Wanted wanted = new ValueReader.Wanted(
                component.getGenericType(), range == null ? null : Interval.parse(range.value()), join(path, key));
        if (value != null) {
            return values.read(value, wanted);
        }
        Default fallback = component.getAnnotation(Default.class);
        if (fallback != null) {
            return values.read(parseDefault(fallback.value(), component), wanted);
        }
        Object absent = values.absent(wanted, origin);
        if (absent == null) {
            problems.add(origin, path, "The key '" + key + "' is missing: " + values.expected(wanted) + ".");
        }
        return absent;
    }

    /** Defaults are written as they would stand in HOCON, or as bare text that HOCON would want in quotes. */
    static ConfigValue parseDefault(String text, RecordComponent component) {
        if (component.getType() == String.class || component.getType().isEnum()) {
            return ConfigValueFactory.fromAnyRef(unquoted(text), "default of " + component.getName());
        }
        try {
            return ConfigFactory.parseString("value = " + text,
                    ConfigParseOptions.defaults().setOriginDescription("default of " + component.getName()))
                    .root().get("value");
        } catch (ConfigException bare) {
            return ConfigValueFactory.fromAnyRef(text, "default of " + component.getName());
        }
    }

    private static String unquoted(String text) {
        boolean quoted = text.length() > 1 && text.startsWith("\"") && text.endsWith("\"");
        return quoted ? text.substring(1, text.length() - 1) : text;
    }

    private <R extends Record> Optional<R> construct(
            Class<R> type, Class<?>[] parameters, Object[] arguments, ConfigOrigin origin, String path) {
        try {
            Constructor<R> constructor = type.getDeclaredConstructor(parameters);
            constructor.setAccessible(true);
            return Optional.of(constructor.newInstance(arguments));
        } catch (InvocationTargetException failure) {
            Throwable cause = failure.getCause();
            if (cause instanceof Error error) {
                throw error;
            }
            String reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
            problems.add(origin, path, reason.endsWith(".") ? reason : reason + ".");
            return Optional.empty();
        } catch (ReflectiveOperationException failure) {
            throw new IllegalStateException("The record " + type.getName() + " cannot be made.", failure);
        }
    }

    Problems problems() {
        return problems;
    }

    static String join(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }
}
