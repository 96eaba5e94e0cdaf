package lathe.report;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Values as JSON has them, in one Java type each: null, Boolean, String, Long, Double, List, Map with String keys. Two
 * values that are written alike are equal, so what is read from a file equals what was written to it.
 */
final class PlainValues {
    private PlainValues() {}

    /**
     * @param map any map with values as in JSON
     * @return an unmodifiable copy in the same order
     * @throws IllegalArgumentException when a value is of a type that JSON does not have
     */
    static Map<String, Object> copyOf(Map<?, ?> map) {
        Map<String, Object> copy = new LinkedHashMap<>();
        map.forEach((key, value) -> copy.put(String.valueOf(key), plain(value)));
        return Collections.unmodifiableMap(copy);
    }

    private static Object plain(Object value) {
        return switch (value) {
            case null -> null;
            case Boolean truth -> truth;
            case Number number -> number(number);
            case CharSequence text -> text.toString();
            case Enum<?> word -> word.name();
            case Collection<?> list -> list(list);
            case Map<?, ?> map -> copyOf(map);
            default -> throw new IllegalArgumentException("No such value in JSON: " + value.getClass().getName());
        };
    }

    private static List<Object> list(Collection<?> values) {
        List<Object> copy = new ArrayList<>(values.size());
        values.forEach(value -> copy.add(plain(value)));
        return Collections.unmodifiableList(copy);
    }

    private static Object number(Number number) {
        return switch (number) {
            case Byte small -> small.longValue();
            case Short small -> small.longValue();
            case Integer whole -> whole.longValue();
            case Long whole -> whole;
            // By its digits: the float 0.1f means 0.1, not 0.10000000149.
            case Float single -> Double.valueOf(single.toString());
            case BigInteger big when big.bitLength() < Long.SIZE -> big.longValue();
            case BigDecimal decimal when isLong(decimal) -> decimal.longValueExact();
            default -> number.doubleValue();
        };
    }

    private static boolean isLong(BigDecimal decimal) {
        return decimal.scale() <= 0 && decimal.precision() - decimal.scale() < 19;
    }
}
