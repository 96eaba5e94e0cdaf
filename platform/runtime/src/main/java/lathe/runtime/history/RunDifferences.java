package lathe.runtime.history;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

import lathe.report.ResultRow;

/**
 * Two runs side by side.
 *
 * @param settings what the experiments say differently
 * @param lineage  what else the runs depended on and is not the same: bundles, Java, processor, files
 * @param numbers  every number of either, in the order of the first run
 */
public record RunDifferences(List<Change> settings, List<Change> lineage, List<Numbers> numbers) {
    /** What of the lineage names the run itself, and so is never the same. */
    private static final Set<String> OWN = Set.of("command", "addresses", "experiment");
    /** Units of measured times and speeds, which no two runs share to the digit. */
    private static final Set<String> TIMES = Set.of("s", "ms", "us", "tokens/s", "token/s", "seconds");

    /** Copies the lists. */
    public RunDifferences {
        settings = List.copyOf(settings);
        lineage = List.copyOf(lineage);
        numbers = List.copyOf(numbers);
    }

    /**
     * A value that is not the same.
     *
     * @param path   its key
     * @param before in the first run, if it is there
     * @param after  in the second, if it is there
     */
    public record Change(String path, Optional<String> before, Optional<String> after) {}

    /**
     * The same number of two runs.
     *
     * @param before in the first run, if it is there
     * @param after  in the second, if it is there
     */
    public record Numbers(Optional<ResultRow> before, Optional<ResultRow> after) {
        /**
         * What was measured.
         *
         * @return the row of either run
         */
        public ResultRow row() {
            return before.or(() -> after).orElseThrow();
        }

        /**
         * Whether it is a time or a speed, which no two runs share.
         *
         * @return true by its unit
         */
        public boolean isTime() {
            return TIMES.contains(row().unit());
        }

        /**
         * Whether both have it with the same bits.
         *
         * @return false also where one run lacks it
         */
        public boolean isSame() {
            return before.isPresent() && after.isPresent() && Double.doubleToLongBits(before.get().value()) == Double
                    .doubleToLongBits(after.get().value());
        }

        /**
         * How far the second is from the first.
         *
         * @return relative to the first; NaN where one is missing or the first is zero
         */
        public double change() {
            return before.isPresent() && after.isPresent() && before.get().value() != 0
                    ? (after.get().value() - before.get().value()) / Math.abs(before.get().value())
                    : Double.NaN;
        }
    }

    /**
     * Compares two runs.
     *
     * @param before the first
     * @param after  the second
     * @return the differences
     */
    public static RunDifferences between(PastRun before, PastRun after) {
        requireNonNull(before, "before is null");
        requireNonNull(after, "after is null");
        return new RunDifferences(
                changes(PlainTree.flat(before.config().root().unwrapped()),
                        PlainTree.flat(after.config().root().unwrapped())),
                changes(lineage(before), lineage(after)), numbers(before, after));
    }

    private static Map<String, String> lineage(PastRun run) {
        Map<String, Object> tree = new LinkedHashMap<>(run.lineage());
        tree.keySet().removeAll(OWN);
        if (tree.get("bundles") instanceof List<?> bundles) {
            Map<String, Object> named = new LinkedHashMap<>();
            for (Object bundle : bundles) {
                if (bundle instanceof Map<?, ?> facts) {
                    named.put(String.valueOf(facts.get("bundle")), facts);
                }
            }
            tree.put("bundles", named);
        }
        return PlainTree.flat(tree);
    }

    private static List<Change> changes(Map<String, String> before, Map<String, String> after) {
        Set<String> paths = new TreeSet<>(before.keySet());
        paths.addAll(after.keySet());
        List<Change> changes = new ArrayList<>();
        for (String path : paths) {
            if (!Objects.equals(before.get(path), after.get(path))) {
                changes.add(
                        new Change(path, Optional.ofNullable(before.get(path)), Optional.ofNullable(after.get(path))));
            }
        }
        return changes;
    }

    private static List<Numbers> numbers(PastRun before, PastRun after) {
        Map<Object, ResultRow> second = new LinkedHashMap<>();
        after.report().results().forEach(row -> second.put(key(row), row));
        List<Numbers> numbers = new ArrayList<>();
        for (ResultRow row : before.report().results()) {
            numbers.add(new Numbers(Optional.of(row), Optional.ofNullable(second.remove(key(row)))));
        }
        second.values().forEach(row -> numbers.add(new Numbers(Optional.empty(), Optional.of(row))));
        return numbers;
    }

    private static Object key(ResultRow row) {
        return List.of(row.node(), row.subject(), row.metric(), row.protocol(), row.point(), row.seed());
    }
}
