package lathe.runtime.config;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;

import lathe.runtime.registry.NearestNames;

/** Reads one value of a HOCON file as a Java type. Values that do not fit are noted as problems and read as null. */
final class ValueReader {
    private final RecordBinder records;

    ValueReader(RecordBinder records) {
        this.records = records;
    }

    /** What a key wants: its type, its interval (or null), its path. */
    record Wanted(Type type, Interval interval, String path) {
        Wanted as(Type other, String otherPath) {
            return new Wanted(other, interval, otherPath);
        }

        Class<?> raw() {
            return (Class<?>) (type instanceof ParameterizedType generic ? generic.getRawType() : type);
        }

        Type argument(int index) {
            return type instanceof ParameterizedType generic ? generic.getActualTypeArguments()[index] : Object.class;
        }
    }

    /** The value of a key that is not there and has no default; null if it must be given. */
    Object absent(Wanted wanted, ConfigOrigin origin) {
        Class<?> raw = wanted.raw();
        if (raw == Optional.class) {
            return Optional.empty();
        } else if (raw == OptionalInt.class) {
            return OptionalInt.empty();
        } else if (raw == OptionalLong.class) {
            return OptionalLong.empty();
        } else if (raw == OptionalDouble.class) {
            return OptionalDouble.empty();
        } else if (raw.isRecord() && parser(raw) == null) {
            Problems trial = new Problems();
            return new RecordBinder(trial).make(raw.asSubclass(Record.class), Map.of(), origin, wanted.path())
                    .orElse(null);
        }
        return null;
    }

    Object read(ConfigValue value, Wanted wanted) {
        Class<?> raw = wanted.raw();
        if (raw == Optional.class) {
            return isNull(value) ? Optional.empty()
                    : present(read(value, wanted.as(wanted.argument(0), wanted.path())));
        } else if (raw == OptionalInt.class) {
            return read(value, wanted.as(int.class, wanted.path())) instanceof Integer i ? OptionalInt.of(i) : null;
        } else if (raw == OptionalLong.class) {
            return read(value, wanted.as(long.class, wanted.path())) instanceof Long l ? OptionalLong.of(l) : null;
        } else if (raw == OptionalDouble.class) {
            return read(value, wanted.as(double.class, wanted.path())) instanceof Double d ? OptionalDouble.of(d)
                    : null;
        } else if (isNull(value)) {
            return wrong(value, wanted);
        } else if (Collection.class.isAssignableFrom(raw)) {
            return list(value, wanted);
        } else if (raw == Map.class) {
            return map(value, wanted);
        } else if (raw == Config.class) {
            return value instanceof ConfigObject object ? object.toConfig() : wrong(value, wanted);
        } else if (raw == ConfigObject.class || raw == ConfigValue.class) {
            return raw.isInstance(value) ? value : wrong(value, wanted);
        } else if (value instanceof ConfigObject object && fromConfig(raw) != null) {
            return made(value, wanted, fromConfig(raw), object.toConfig());
        } else if (raw.isRecord() && value instanceof ConfigObject object) {
            return records.bind(raw.asSubclass(Record.class), object, wanted.path()).orElse(null);
        }
        return scalar(value, wanted, raw);
    }

    private static Object present(Object value) {
        return value == null ? null : Optional.of(value);
    }

    private static boolean isNull(ConfigValue value) {
        return value.valueType() == ConfigValueType.NULL;
    }

    private Object scalar(ConfigValue value, Wanted wanted, Class<?> raw) {
        if (value instanceof ConfigObject || value instanceof ConfigList) {
            return wrong(value, wanted);
        }
        String text = value.unwrapped().toString();
        if (raw == boolean.class || raw == Boolean.class) {
            return truth(value, text, wanted);
        } else if (raw == String.class) {
            return text;
        } else if (raw == Path.class) {
            return path(value, text);
        } else if (raw.isEnum()) {
            return constant(value, text, raw, wanted);
        } else if (isNumber(raw)) {
            return number(value, text, raw, wanted);
        }
        return parsed(value, text, raw, wanted);
    }

    /** Beside the file in which it is written, if it is there; otherwise as it stands. */
    private static Path path(ConfigValue value, String text) {
        Path given = Path.of(text);
        String writtenIn = value.origin().filename();
        if (writtenIn == null) {
            return given;
        }
        Path beside = Path.of(writtenIn).toAbsolutePath().resolveSibling(given).normalize();
        return Files.exists(beside) ? beside : given;
    }

    private Object truth(ConfigValue value, String text, Wanted wanted) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on" -> true;
            case "false", "no", "off" -> false;
            default -> wrong(value, wanted);
        };
    }

    private Object constant(ConfigValue value, String text, Class<?> raw, Wanted wanted) {
        for (Object constant : raw.getEnumConstants()) {
            if (KeySpelling.canonical(((Enum<?>) constant).name()).equals(KeySpelling.canonical(text))) {
                return constant;
            }
        }
        List<String> names = constants(raw);
        return note(value, wanted, "'" + text + "' is not one of " + String.join(", ", names) + "."
                + NearestNames.hint(text, names));
    }

    static List<String> constants(Class<?> type) {
        List<String> names = new ArrayList<>();
        for (Object constant : type.getEnumConstants()) {
            names.add(((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-'));
        }
        return names;
    }

    private static boolean isNumber(Class<?> raw) {
        return raw == int.class || raw == Integer.class || raw == long.class || raw == Long.class
                || raw == double.class || raw == Double.class || raw == float.class || raw == Float.class;
    }

    private static boolean isWhole(Class<?> raw) {
        return raw == int.class || raw == Integer.class || raw == long.class || raw == Long.class;
    }

    private Object number(ConfigValue value, String text, Class<?> raw, Wanted wanted) {
        double number;
        try {
            number = switch (text) {
                case "inf", "infinity" -> Double.POSITIVE_INFINITY;
                case "-inf" -> Double.NEGATIVE_INFINITY;
                default -> Double.parseDouble(text);
            };
        } catch (NumberFormatException none) {
            return wrong(value, wanted);
        }
        if (wanted.interval() != null && !wanted.interval().contains(number)) {
            return note(value, wanted, text + " is out of range: allowed is " + wanted.interval().text() + ".");
        }
        if (!isWhole(raw)) {
            return raw == float.class || raw == Float.class ? (Object) (float) number : (Object) number;
        }
        boolean isInt = raw == int.class || raw == Integer.class;
        double limit = isInt ? Integer.MAX_VALUE : 0x1p63;
        if (number != Math.rint(number) || Double.isInfinite(number)) {
            return note(value, wanted, text + " is not a whole number.");
        } else if (Math.abs(number) > limit) {
            return note(value, wanted, text + " is too large: at most " + (isInt ? Integer.MAX_VALUE : Long.MAX_VALUE)
                    + " is possible.");
        }
        return isInt ? (Object) (int) number : (Object) (value.unwrapped() instanceof Number exact ? exact.longValue()
                : (long) number);
    }

    /** Types with a public static parse(String). */
    private Object parsed(ConfigValue value, String text, Class<?> raw, Wanted wanted) {
        Method parser = parser(raw);
        if (parser == null) {
            return wrong(value, wanted);
        }
        return made(value, wanted, parser, text);
    }

    private Object made(ConfigValue value, Wanted wanted, Method factory, Object argument) {
        try {
            return factory.invoke(null, argument);
        } catch (InvocationTargetException failure) {
            return note(value, wanted, failure.getCause().getMessage());
        } catch (IllegalAccessException failure) {
            throw new IllegalStateException(factory + " must be public.", failure);
        }
    }

    /** Records that take an object as it is, such as a chosen method with its parameters. */
    private static Method fromConfig(Class<?> type) {
        return factory(type, "fromConfig", Config.class);
    }

    static Method parser(Class<?> type) {
        return factory(type, "parse", String.class);
    }

    private static Method factory(Class<?> type, String name, Class<?> argument) {
        try {
            Method factory = type.getMethod(name, argument);
            return Modifier.isStatic(factory.getModifiers()) && factory.getReturnType() == type ? factory : null;
        } catch (NoSuchMethodException none) {
            return null;
        }
    }

    private Object list(ConfigValue value, Wanted wanted) {
        List<ConfigValue> elements = value instanceof ConfigList list ? list : List.of(value);
        if (value instanceof ConfigObject && !((Class<?>) rawOf(wanted.argument(0))).isRecord()) {
            return wrong(value, wanted);
        }
        List<Object> read = new ArrayList<>();
        boolean complete = true;
        for (int i = 0; i < elements.size(); i++) {
            Object element = read(elements.get(i), wanted.as(wanted.argument(0), wanted.path() + "[" + i + "]"));
            complete &= element != null;
            read.add(element);
        }
        if (!complete) {
            return null;
        }
        return wanted.raw() == Set.class ? Set.copyOf(new LinkedHashSet<>(read)) : List.copyOf(read);
    }

    private Object map(ConfigValue value, Wanted wanted) {
        if (!(value instanceof ConfigObject object)) {
            return wrong(value, wanted);
        }
        Map<String, Object> read = new LinkedHashMap<>();
        boolean complete = true;
        for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
            String path = RecordBinder.join(wanted.path(), entry.getKey());
            Object element = read(entry.getValue(), wanted.as(wanted.argument(1), path));
            complete &= element != null;
            read.put(entry.getKey(), element);
        }
        return complete ? Map.copyOf(read) : null;
    }

    private static Class<?> rawOf(Type type) {
        return type instanceof ParameterizedType generic ? (Class<?>) generic.getRawType()
                : type instanceof Class<?> plain ? plain : Object.class;
    }

    private Object wrong(ConfigValue value, Wanted wanted) {
        return note(value, wanted, "This must be " + expected(wanted) + ", but it is " + described(value) + ".");
    }

    private Object note(ConfigValue value, Wanted wanted, String sentence) {
        records.problems().add(value.origin(), wanted.path(), sentence);
        return null;
    }

    /** What a key wants, in words. */
    String expected(Wanted wanted) {
        Class<?> raw = wanted.raw();
        if (raw == Optional.class) {
            return expected(wanted.as(wanted.argument(0), wanted.path()));
        } else if (Collection.class.isAssignableFrom(raw)) {
            return "a list of which each entry is " + expected(wanted.as(wanted.argument(0), wanted.path()));
        }
        return TypeNames.of(raw) + (wanted.interval() == null ? "" : " in " + wanted.interval().text());
    }

    private static String described(ConfigValue value) {
        return switch (value.valueType()) {
            case OBJECT -> "an object";
            case LIST -> "a list";
            case NULL -> "null";
            case STRING -> "the text '" + value.unwrapped() + "'";
            case NUMBER, BOOLEAN -> "" + value.unwrapped();
        };
    }

    /** An empty object, for records without keys. */
    static ConfigObject empty() {
        return ConfigFactory.empty().root();
    }
}
