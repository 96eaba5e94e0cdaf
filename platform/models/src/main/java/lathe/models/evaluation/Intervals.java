package lathe.models.evaluation;

import java.util.List;
import java.util.Optional;

import lathe.spi.graph.Measurement;

/** How certain a mean is. */
final class Intervals {
    private static final double NORMAL_95 = 1.96;

    private Intervals() {}

    /** Half the width of the 95 % interval of a mean, by the normal approximation; nothing for fewer than two values. */
    static Optional<Double> ofMean(List<Double> values) {
        if (values.size() < 2) {
            return Optional.empty();
        }
        double mean = values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        double squares = values.stream().mapToDouble(value -> (value - mean) * (value - mean)).sum();
        return Optional.of(NORMAL_95 * Math.sqrt(squares / (values.size() - 1) / values.size()));
    }

    /** A fraction with its 95 % interval by Wilson's formula, which stays within 0 and 1 for few questions too. */
    static Measurement ofFraction(String metric, String protocol, int hits, int count) {
        double fraction = (double) hits / count;
        double squared = NORMAL_95 * NORMAL_95 / count;
        double centre = (fraction + squared / 2) / (1 + squared);
        double half = NORMAL_95 / (1 + squared)
                * Math.sqrt(fraction * (1 - fraction) / count + squared / (4.0 * count));
        return new Measurement(metric, protocol, fraction, "", Optional.of(Math.max(0, centre - half)),
                Optional.of(Math.min(1, centre + half)));
    }
}
