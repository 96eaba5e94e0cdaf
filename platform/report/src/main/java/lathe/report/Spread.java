package lathe.report;

import java.util.Arrays;

/**
 * Mean of repeated measurements and its 95 % confidence interval (Student's t).
 *
 * @param mean the mean
 * @param low  lower end of the interval
 * @param high upper end of the interval
 */
record Spread(double mean, double low, double high) {
    /** Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom. */
    private static final double[] T95 = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201,
        2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
        2.052, 2.048, 2.045, 2.042};
    private static final double NORMAL95 = 1.960;

    /**
     * @param values at least two measurements
     * @return mean and interval; an interval of NaNs when a value is not finite
     */
    static Spread of(double[] values) {
        int count = values.length;
        if (count < 2) {
            throw new IllegalArgumentException("A spread needs two values, not " + count);
        }
        double mean = Arrays.stream(values).average().orElseThrow();
        double squares = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
        double quantile = count - 1 <= T95.length ? T95[count - 2] : NORMAL95;
        double half = quantile * Math.sqrt(squares / (count - 1) / count);
        return new Spread(mean, mean - half, mean + half);
    }
}
