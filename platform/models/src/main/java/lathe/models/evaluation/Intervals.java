package lathe.models.evaluation;

import java.util.List;
import java.util.Optional;

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
}
