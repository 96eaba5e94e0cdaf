package lathe.runtime.config;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Stream;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValue;

import lathe.spi.MethodChoice;

/**
 * Turns bound records into plain values, as in JSON. Two configurations that mean the same give the same values, however
 * they were written: defaults are filled in, spellings are gone.
 */
public final class RecordValues {
    private RecordValues() {}

    /**
     * The values of a record.
     *
     * @param record any record
     * @return values by component, in order: text, numbers, truth values, lists, maps
     */
    public static Map<String, Object> of(Record record) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            Object value = plain(read(component, record));
            if (value != null) {
                values.put(component.getName(), value);
            }
        }
        return values;
    }

    /**
     * The files and folders that a record names.
     *
     * @param record any record
     * @return paths by component; those of a list with their number after its name
     */
    public static Map<String, Path> files(Record record) {
        Map<String, Path> files = new LinkedHashMap<>();
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            Object value = read(component, record);
            Object one = value instanceof Optional<?> optional ? optional.orElse(null) : value;
            Collection<?> all = one instanceof Collection<?> list ? list : one == null ? List.of() : List.of(one);
            int number = 0;
            for (Object element : all) {
                if (element instanceof Path path) {
                    files.put(component.getName() + (all == one ? "-" + number++ : ""), path);
                }
            }
        }
        return files;
    }

    /**
     * A record's values of one type.
     *
     * @param <T>    the type
     * @param record any record
     * @param type   its class
     * @return values in the order of the components
     */
    public static <T> List<T> all(Record record, Class<T> type) {
        return Stream.of(record.getClass().getRecordComponents()).map(component -> read(component, record))
                .filter(type::isInstance).map(type::cast).toList();
    }

    private static Object read(RecordComponent component, Record record) {
        try {
            Method accessor = component.getAccessor();
            accessor.setAccessible(true);
            return accessor.invoke(record);
        } catch (IllegalAccessException | InvocationTargetException failure) {
            throw new IllegalStateException(component + " cannot be read.", failure);
        }
    }

    /** Absent optional values are null. */
    private static Object plain(Object value) {
        return switch (value) {
            case null -> null;
            case Optional<?> optional -> optional.map(RecordValues::plain).orElse(null);
            case OptionalInt optional -> optional.isPresent() ? (Object) optional.getAsInt() : null;
            case OptionalLong optional -> optional.isPresent() ? (Object) optional.getAsLong() : null;
            case OptionalDouble optional -> optional.isPresent() ? (Object) optional.getAsDouble() : null;
            case Enum<?> constant -> constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
            case MethodChoice choice -> chosen(choice);
            case Config config -> sorted(config.root().unwrapped());
            case ConfigValue config -> plain(config.unwrapped());
            case Boolean truth -> truth;
            case Number number -> number;
            case Collection<?> list -> list.stream().map(RecordValues::plain).toList();
            case Map<?, ?> map -> sorted(map);
            case Record record when ValueReader.parser(record.getClass()) == null -> of(record);
            default -> value.toString();
        };
    }

    private static Map<String, Object> chosen(MethodChoice choice) {
        Map<String, Object> values = new TreeMap<>();
        choice.parameters().ifPresent(parameters -> values.putAll(sorted(parameters.root().unwrapped())));
        values.putAll(sorted(choice.settings()));
        values.put("use", choice.id());
        return values;
    }

    private static Map<String, Object> sorted(Map<?, ?> map) {
        Map<String, Object> sorted = new TreeMap<>();
        map.forEach((key, value) -> sorted.put(key.toString(), plain(value)));
        return sorted;
    }
}
