package lathe.spi.graph;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * One number with its meaning.
 *
 * @param metric   such as {@code perplexity}
 * @param protocol how it was taken, such as {@code windowed-512}
 * @param value    the number
 * @param unit     such as {@code bytes}, {@code tokens/s}; empty for a pure number
 * @param low      lower end of its confidence interval
 * @param high     upper end
 */
public record Measurement(
        String metric, String protocol, double value, String unit, Optional<Double> low, Optional<Double> high) {
    /** Checks the parts. */
    public Measurement {
        requireNonNull(metric, "metric is null");
        requireNonNull(protocol, "protocol is null");
        requireNonNull(unit, "unit is null");
        requireNonNull(low, "low is null");
        requireNonNull(high, "high is null");
    }

    /**
     * A number without an interval.
     *
     * @param metric   its name
     * @param protocol how it was taken
     * @param value    the number
     * @param unit     its unit, empty for a pure number
     * @return the measurement
     */
    public static Measurement of(String metric, String protocol, double value, String unit) {
        return new Measurement(metric, protocol, value, unit, Optional.empty(), Optional.empty());
    }
}
