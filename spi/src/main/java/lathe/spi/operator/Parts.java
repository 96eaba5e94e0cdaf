package lathe.spi.operator;

import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** Ordered maps for the parts and attributes of operators. */
final class Parts {
    private Parts() {}

    static <V> SequencedMap<String, V> of() {
        return new LinkedHashMap<>();
    }

    static <V> SequencedMap<String, V> of(String name, V value) {
        SequencedMap<String, V> map = new LinkedHashMap<>();
        map.put(name, value);
        return map;
    }

    static <V> void nest(SequencedMap<String, V> into, String prefix, SequencedMap<String, V> nested) {
        nested.forEach((name, value) -> into.put(prefix + "." + name, value));
    }
}
