package lathe.spi.numeric;

/** The standard normal distribution. */
public final class Normal {
    private static final double SERIES_LIMIT = 3;
    private static final double NEGLIGIBLE = 1e-17;
    private static final int FRACTION_TERMS = 60;
    private static final double FAR_AWAY = 39;

    private Normal() {}

    /**
     * The probability of a value up to {@code x}, to about 1e-15.
     *
     * @param x the bound
     * @return from 0 to 1; NaN for NaN
     */
    public static double cumulative(double x) {
        if (Double.isNaN(x)) {
            return x;
        }
        if (x < 0) {
            return 1 - cumulative(-x);
        }
        if (x > FAR_AWAY) {
            return 1;
        }
        double density = density(x);
        return x < SERIES_LIMIT ? 0.5 + density * series(x) : 1 - density / fraction(x);
    }

    /**
     * The density.
     *
     * @param x where
     * @return e^(-x^2/2) / sqrt(2 pi)
     */
    public static double density(double x) {
        return Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }

    /** x + x^3/3 + x^5/(3*5) + ... */
    private static double series(double x) {
        double term = x;
        double sum = x;
        for (int i = 3; term > NEGLIGIBLE * sum; i += 2) {
            term *= x * x / i;
            sum += term;
        }
        return sum;
    }

    /** x + 1/(x + 2/(x + 3/(x + ...))), Laplace's continued fraction of the upper tail. */
    private static double fraction(double x) {
        double fraction = x;
        for (int i = FRACTION_TERMS; i >= 1; i--) {
            fraction = x + i / fraction;
        }
        return fraction;
    }
}
