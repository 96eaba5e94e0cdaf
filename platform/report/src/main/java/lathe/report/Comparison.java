package lathe.report;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The results as a table: one row a subject and sweep point, one column a metric and protocol.
 *
 * @param keys    sweep keys that tell rows apart, in order
 * @param columns the metrics, those of quality first
 * @param rows    the subjects in the order of their results; the first is the baseline
 */
record Comparison(List<String> keys, List<Column> columns, List<Row> rows) {

    /**
     * One metric.
     *
     * @param metric   its name
     * @param protocol how it was measured; may be empty
     * @param node     the node that measured it, when several did so in different ways; else empty
     * @param unit     its unit
     * @param style    how it is shown
     * @param whole    whether all its values are whole numbers
     */
    record Column(String metric, String protocol, String node, String unit, MetricStyle style, boolean whole) {
        /**
         * @param value a value of this column
         * @return it for people
         */
        String format(double value) {
            if (style.scale() == MetricStyle.Scale.BYTES) {
                return Numbers.bytes(value);
            }
            return whole ? Numbers.whole(value) : Numbers.plain(value);
        }

        /**
         * @param spread half the width of an interval
         * @return it for people, with no more digits than a spread deserves
         */
        String formatSpread(double spread) {
            return style.scale() == MetricStyle.Scale.BYTES ? Numbers.bytes(spread) : Numbers.spread(spread);
        }

        /**
         * @return the unit where the heading does not already say it, and the protocol; may be empty
         */
        String subtitle() {
            boolean said = unit.isEmpty() || style.scale() == MetricStyle.Scale.BYTES
                    || style.label().contains(unit) || unit.contains(style.label());
            return String.join(" \u00b7 ", List.of(said ? "" : unit, protocol, node).stream()
                    .filter(part -> !part.isEmpty()).toList());
        }

        /**
         * @return heading and subtitle in one line
         */
        String title() {
            return subtitle().isEmpty() ? style.label() : style.label() + " (" + subtitle() + ")";
        }
    }

    /**
     * One subject at one sweep point.
     *
     * @param subject  the judged node
     * @param point    the sweep keys that matter to it
     * @param baseline whether others are compared with it
     * @param cells    one a column; null where nothing was measured
     */
    record Row(String subject, Map<String, Object> point, boolean baseline, List<Cell> cells) {
        /**
         * @param allKeys the sweep keys of the table
         * @return the subject with its point, such as {@code pruned (sparsity 0.5)}
         */
        String label(List<String> allKeys) {
            if (point.isEmpty()) {
                return subject;
            }
            List<String> parts = point.entrySet().stream()
                    .map(entry -> SweepKeys.shortName(entry.getKey(), allKeys) + " " + entry.getValue()).toList();
            return subject + " (" + String.join(", ", parts) + ")";
        }

        /**
         * @return the subject with the values of its point alone, for labels in charts: {@code pruned 0.5}
         */
        String shortLabel() {
            return point.isEmpty() ? subject
                    : subject + " " + String.join(" \u00b7 ", point.values().stream().map(ConfigText::value).toList());
        }
    }

    /**
     * One number of the table.
     *
     * @param value    the number; the mean when there are several seeds
     * @param low      lower end of its interval; null when there is none
     * @param high     upper end of its interval; null when there is none
     * @param samples  how many numbers it stands for
     * @param node     the node that measured it
     * @param seed     the (first) seed it was measured with
     * @param baseline the baseline's value; null for the baseline itself and where it has none
     * @param best     whether nothing in the column is better
     */
    record Cell(double value, Double low, Double high, int samples, String node, long seed, Double baseline,
            boolean best) {

        /**
         * @return value divided by the baseline's; empty when there is none or it is zero
         */
        OptionalDouble ratio() {
            if (baseline == null || baseline == 0 || !Double.isFinite(baseline) || !Double.isFinite(value)) {
                return OptionalDouble.empty();
            }
            return OptionalDouble.of(value / baseline);
        }

        /**
         * @return half the width of the interval; empty when there is none
         */
        OptionalDouble spread() {
            if (low == null || high == null || !Double.isFinite(high - low) || high <= low) {
                return OptionalDouble.empty();
            }
            return OptionalDouble.of((high - low) / 2);
        }
    }

    /**
     * @param metric a metric's name as an experiment writes it
     * @return the first column that shows it
     */
    Optional<Column> column(String metric) {
        return columns.stream().filter(column -> MetricStyle.same(column.metric(), metric)).findFirst();
    }

    /**
     * @param category a sort of metric
     * @return the columns of that sort
     */
    List<Column> columns(MetricStyle.Category category) {
        return columns.stream().filter(column -> column.style().category() == category).toList();
    }

    /**
     * @param row    a row
     * @param column a column of this table
     * @return the number there, when it was measured and is finite
     */
    Optional<Cell> finite(Row row, Column column) {
        Cell cell = row.cells().get(columns.indexOf(column));
        return Optional.ofNullable(cell).filter(found -> Double.isFinite(found.value()));
    }

    /**
     * @return the first row
     */
    Optional<Row> baseline() {
        return rows.stream().findFirst();
    }
}
