package lathe.benchmarks;

import java.util.List;
import java.util.Locale;

/**
 * Ratios of pairs that were measured in turn: their median, and the quartiles, between which half of them lie.
 *
 * @param median of all pairs
 * @param low    the lower quartile
 * @param high   the upper quartile
 */
record Ratio(double median, double low, double high) {
    /** Of all pairs; at least one. */
    static Ratio of(List<Double> pairs) {
        double[] sorted = pairs.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return new Ratio(quantile(sorted, 0.5), quantile(sorted, 0.25), quantile(sorted, 0.75));
    }

    /** Between neighbours in proportion, as R and NumPy do unless told otherwise. */
    private static double quantile(double[] sorted, double part) {
        double place = part * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }

    /** All three in another unit. */
    Ratio times(double factor) {
        return new Ratio(median * factor, low * factor, high * factor);
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.2f (%.2f-%.2f)", median, low, high);
    }
}
