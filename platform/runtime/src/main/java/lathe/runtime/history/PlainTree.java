package lathe.runtime.history;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Nested maps and lists as one map of paths, to be compared line by line. */
final class PlainTree {
    private PlainTree() {}

    static Map<String, String> flat(Map<String, ?> tree) {
        Map<String, String> flat = new TreeMap<>();
        tree.forEach((key, value) -> put(key, value, flat));
        return flat;
    }

    private static void put(String path, Object value, Map<String, String> flat) {
        if (value instanceof Map<?, ?> map && !map.isEmpty()) {
            map.forEach((key, inner) -> put(path + "." + key, inner, flat));
        } else if (value instanceof List<?> list && list.stream().anyMatch(Map.class::isInstance)) {
            for (int i = 0; i < list.size(); i++) {
                put(path + "[" + i + "]", list.get(i), flat);
            }
        } else {
            flat.put(path, String.valueOf(value));
        }
    }
}
