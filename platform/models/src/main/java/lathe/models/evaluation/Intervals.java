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

    /** The median: of an even number of values the mean of the two in the middle. */
    static double median(List<Double> values) {
        double[] sorted = sorted(values);
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    /**
     * The 95 % interval of a median between two of the values, whatever they are distributed like: the k-th from below and
     * from above, k being the largest for which fewer than k of n fall below the median in at most 2.5 % of all cases
     * (Conover, Practical Nonparametric Statistics, 3rd edition, section 3.2).
     *
     * @return both ends; nothing for fewer than six values, which tell too little
     */
    static Optional<double[]> ofMedian(List<Double> values) {
        int count = values.size();
        double logarithm = -count * Math.log(2);
        double below = Math.exp(logarithm);
        int rank = 0;
        while (below <= 0.025) {
            // The probability that so many values and no more are below the median.
            logarithm += Math.log((count - rank) / (rank + 1.0));
            below += Math.exp(logarithm);
            rank++;
        }
        if (rank == 0) {
            return Optional.empty();
        }
        double[] sorted = sorted(values);
        return Optional.of(new double[] {sorted[rank - 1], sorted[count - rank]});
    }

    private static double[] sorted(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
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
