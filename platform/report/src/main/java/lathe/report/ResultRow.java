package lathe.report;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.OptionalDouble;

/**
 * One measured number.
 *
 * @param node     the node that measured it
 * @param subject  the node that was judged
 * @param metric   what was measured, such as {@code perplexity}
 * @param protocol how, such as {@code windowed-2048}; empty when there is but one way
 * @param value    the number; NaN and infinities are allowed
 * @param unit     its unit, such as {@code bytes} or {@code tokens/s}; empty for bare numbers
 * @param low      lower end of its interval; null when there is none
 * @param high     upper end of its interval; null when there is none
 * @param point    sweep keys and their values, in order; empty outside sweeps
 * @param seed     the seed it was measured with
 */
public record ResultRow(String node, String subject, String metric, String protocol, double value, String unit,
        Double low, Double high, Map<String, Object> point, long seed) {

    /** Checks that the required parts are there and copies the point. */
    public ResultRow {
        requireNonNull(node, "node is null");
        requireNonNull(subject, "subject is null");
        requireNonNull(metric, "metric is null");
        requireNonNull(protocol, "protocol is null");
        requireNonNull(unit, "unit is null");
        point = PlainValues.copyOf(requireNonNull(point, "point is null"));
    }

    /**
     * A number without an interval, outside sweeps.
     *
     * @param node     the node that measured it
     * @param subject  the node that was judged
     * @param metric   what was measured
     * @param protocol how
     * @param value    the number
     * @param unit     its unit
     * @param seed     the seed it was measured with
     * @return the row
     */
    public static ResultRow of(String node, String subject, String metric, String protocol, double value, String unit,
            long seed) {
        return new ResultRow(node, subject, metric, protocol, value, unit, null, null, Map.of(), seed);
    }

    /**
     * @return lower end of the interval, when there is one
     */
    public OptionalDouble lowEnd() {
        return low == null ? OptionalDouble.empty() : OptionalDouble.of(low);
    }

    /**
     * @return upper end of the interval, when there is one
     */
    public OptionalDouble highEnd() {
        return high == null ? OptionalDouble.empty() : OptionalDouble.of(high);
    }
}
