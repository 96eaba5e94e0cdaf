package lathe.runtime.recipe;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;

/** Numbers as claims show them: four significant digits. */
final class Figures {
    private static final MathContext FOUR = new MathContext(4);
    private static final double LARGEST = 1e7;
    private static final double SMALLEST = 1e-4;

    private Figures() {}

    static String of(double value) {
        if (!Double.isFinite(value)) {
            return Double.toString(value);
        }
        double size = Math.abs(value);
        if (size >= LARGEST || size < SMALLEST && size > 0) {
            return new BigDecimal(value).round(FOUR).stripTrailingZeros().toString();
        }
        if (size >= 1000 && value == Math.rint(value)) {
            return Long.toString((long) value);
        }
        BigDecimal rounded = new BigDecimal(value).round(FOUR).stripTrailingZeros();
        return rounded.toPlainString();
    }

    /** The value in the mean, and from where to where it goes if that is not the same number. */
    static String of(double mean, double[] all) {
        String low = of(Arrays.stream(all).min().orElse(mean));
        String high = of(Arrays.stream(all).max().orElse(mean));
        return low.equals(high) ? of(mean) : of(mean) + " (" + low + " to " + high + ")";
    }
}
