package lathe.spi.model;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;

/**
 * Rotary position embedding with given frequencies: pair i of a head at position p is turned by p * inverseFrequency[i].
 *
 * @param inverseFrequencies one a pair, after all scaling (linear, Llama 3, YaRN); twice as many features are rotated
 * @param interleaved        pairs are (2i, 2i+1) instead of (i, i + half)
 * @param magnitude          factor of cosine and sine (YaRN), usually 1
 */
public record Rotary(double[] inverseFrequencies, boolean interleaved, double magnitude) {
    /** Copies the frequencies. */
    public Rotary {
        requireNonNull(inverseFrequencies, "inverseFrequencies is null");
        inverseFrequencies = inverseFrequencies.clone();
    }

    /**
     * The plain form: frequencies theta^(-2i/dim).
     *
     * @param theta base, such as 10000
     * @param dim   rotated features, even
     * @return half-split rotation without scaling
     */
    public static Rotary plain(double theta, int dim) {
        double[] frequencies = new double[dim / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = Math.pow(theta, -2.0 * i / dim);
        }
        return new Rotary(frequencies, false, 1);
    }

    /**
     * Features that are rotated; the rest of a head passes unchanged.
     *
     * @return an even number
     */
    public int rotatedFeatures() {
        return 2 * inverseFrequencies.length;
    }

    @Override
    public double[] inverseFrequencies() {
        return inverseFrequencies.clone();
    }

    @Override
    public boolean equals(Object other) {
        return this == other || other instanceof Rotary that && interleaved == that.interleaved
                && magnitude == that.magnitude && Arrays.equals(inverseFrequencies, that.inverseFrequencies);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(inverseFrequencies) + Double.hashCode(interleaved ? -magnitude : magnitude);
    }
}
