package lathe.report;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Which sweep keys matter to which subject. A sweep over a pruner's sparsity repeats the numbers of the dense model at
 * every point; they are one row, not one a point.
 */
final class SweepKeys {
    private final List<NodeRow> nodes;
    private final List<ResultRow> results;

    /**
     * @param nodes   the nodes as they ran
     * @param results the measured numbers
     */
    SweepKeys(List<NodeRow> nodes, List<ResultRow> results) {
        this.nodes = nodes;
        this.results = results;
    }

    /**
     * @return for every subject its rows' points without the keys that make no difference to it
     */
    Map<String, Set<String>> relevant() {
        Map<String, List<ResultRow>> bySubject = new LinkedHashMap<>();
        results.forEach(row -> bySubject.computeIfAbsent(row.subject(), subject -> new ArrayList<>()).add(row));
        Map<String, Set<String>> relevant = new HashMap<>();
        bySubject.forEach((subject, rows) -> relevant.put(subject, relevant(subject, rows)));
        return relevant;
    }

    private Set<String> relevant(String subject, List<ResultRow> rows) {
        Set<String> keys = new LinkedHashSet<>();
        rows.forEach(row -> keys.addAll(row.point().keySet()));
        keys.removeIf(key -> !differentArtifacts(subject, key) && repeatsOnly(rows, key));
        return keys;
    }

    /** Two artifacts for two values of the key: it matters, even if every number came out the same. */
    private boolean differentArtifacts(String subject, String key) {
        Map<Map<String, Object>, Set<String>> addresses = new HashMap<>();
        nodes.stream().filter(node -> node.name().equals(subject) && node.point().containsKey(key))
                .forEach(node -> addresses.computeIfAbsent(without(node.point(), key), rest -> new LinkedHashSet<>())
                        .add(node.address()));
        return addresses.values().stream().anyMatch(found -> found.size() > 1);
    }

    private static boolean repeatsOnly(List<ResultRow> rows, String key) {
        Map<Object, Double> seen = new HashMap<>();
        boolean repeated = false;
        for (ResultRow row : rows) {
            Double before = seen.put(List.of(row.node(), row.metric(), row.protocol(), row.seed(),
                    without(row.point(), key)), row.value());
            if (before != null && !Objects.equals(before, row.value())) {
                return false;
            }
            repeated |= before != null;
        }
        return repeated;
    }

    private static Map<String, Object> without(Map<String, Object> point, String key) {
        Map<String, Object> rest = new LinkedHashMap<>(point);
        rest.remove(key);
        return rest;
    }

    /**
     * @param key  a sweep key such as {@code graph.pruned.sparsity}
     * @param keys all keys of the sweep
     * @return the shortest end of it that no other key has: {@code sparsity}
     */
    static String shortName(String key, List<String> keys) {
        int dot = key.lastIndexOf('.');
        while (dot >= 0) {
            String end = key.substring(dot + 1);
            if (keys.stream()
                    .noneMatch(other -> !other.equals(key) && (other.equals(end) || other.endsWith("." + end)))) {
                return end;
            }
            dot = key.lastIndexOf('.', dot - 1);
        }
        return key;
    }
}
