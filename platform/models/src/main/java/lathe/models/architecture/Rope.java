package lathe.models.architecture;

import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;

import lathe.spi.model.Rotary;

/**
 * Rope positions (arXiv:2104.09864): pair i of the rotated part turns by position times its inverse frequency.
 *
 * @param pairing   which components make a pair
 * @param dimension how many components of a head are rotated, from the first on; even
 * @param base      theta, the base of the frequencies
 * @param scaling   stretching to longer contexts
 */
public record Rope(Pairing pairing, int dimension, double base, Scaling scaling) {
    /** Which components make a pair. */
    public enum Pairing {
        /** Components i and i + dimension / 2. */
        HALF,
        /** Components 2i and 2i + 1. */
        INTERLEAVED
    }

    /** Stretching of frequencies to longer contexts. */
    public sealed interface Scaling {
        /** None. */
        record None() implements Scaling {}

        /**
         * Positions divided by a factor (arXiv:2306.15595).
         *
         * @param factor the divisor
         */
        record Linear(double factor) implements Scaling {}

        /**
         * A base that grows with the sequence beyond the original length.
         *
         * @param factor    growth
         * @param positions the original length
         */
        record Dynamic(double factor, int positions) implements Scaling {}

        /**
         * Llama 3.1: long waves divided, short ones kept, those between blended.
         *
         * @param factor    divisor of long waves
         * @param low       waves longer than positions / low are divided
         * @param high      waves shorter than positions / high are kept
         * @param positions the original length
         */
        record Llama3(double factor, double low, double high, int positions) implements Scaling {}

        /**
         * YaRN (arXiv:2309.00071).
         *
         * @param factor     divisor of long waves
         * @param fast       rotations over the original length from which on a wave is kept
         * @param slow       rotations below which a wave is divided
         * @param positions  the original length
         * @param truncate   whether the bounds of the ramp are rounded to whole pairs
         * @param multiplier what cos and sin are multiplied with
         */
        record Yarn(double factor, double fast, double slow, int positions, boolean truncate,
                double multiplier) implements Scaling {}

        /**
         * LongRoPE (arXiv:2402.13753): one divisor for each pair, two sets of them.
         *
         * @param shortFactors divisors up to the original length
         * @param longFactors  divisors beyond it
         * @param positions    the original length
         * @param multiplier   what cos and sin are multiplied with
         */
        record Long(List<Double> shortFactors, List<Double> longFactors, int positions,
                double multiplier) implements Scaling {
            /** Makes the lists immutable. */
            public Long {
                shortFactors = List.copyOf(shortFactors);
                longFactors = List.copyOf(longFactors);
            }
        }
    }

    /** Checks that components can be paired. */
    public Rope {
        Objects.requireNonNull(pairing, "pairing is null");
        Objects.requireNonNull(scaling, "scaling is null");
        if (dimension <= 0 || dimension % 2 != 0) {
            throw new IllegalArgumentException("A rotary dimension is positive and even, not " + dimension + ".");
        }
    }

    /**
     * Whether the frequencies depend on the length of the sequence.
     *
     * @return true for dynamic and LongRoPE scaling
     */
    public boolean dependsOnLength() {
        return scaling instanceof Scaling.Dynamic || scaling instanceof Scaling.Long;
    }

    /**
     * What cos and sin are multiplied with (so that scores are multiplied by its square).
     *
     * @return 1 but for YaRN and LongRoPE
     */
    public double multiplier() {
        return switch (scaling) {
            case Scaling.Yarn yarn -> yarn.multiplier();
            case Scaling.Long longRope -> longRope.multiplier();
            default -> 1;
        };
    }

    /**
     * Inverse frequencies in radians a position, computed in float32 as the reference implementations do.
     *
     * @param length tokens of the sequence so far; of meaning only if {@link #dependsOnLength()}
     * @return one value for each pair
     */
    public float[] inverseFrequencies(int length) {
        return switch (scaling) {
            case Scaling.None none -> plain(base);
            case Scaling.Linear linear -> divided(plain(base), linear.factor());
            case Scaling.Dynamic dynamic -> plain(grown(dynamic, length));
            case Scaling.Llama3 llama -> banded(llama);
            case Scaling.Yarn yarn -> ramped(yarn);
            case Scaling.Long longRope ->
                perPair(length > longRope.positions() ? longRope.longFactors() : longRope.shortFactors());
        };
    }

    /**
     * The same as plugins see it.
     *
     * @param length tokens of the sequence so far
     * @return frequencies, pairing and multiplier
     */
    public Rotary forPlugins(int length) {
        float[] frequencies = inverseFrequencies(length);
        double[] wide = new double[frequencies.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = frequencies[i];
        }
        return new Rotary(wide, pairing == Pairing.INTERLEAVED, multiplier());
    }

    private float[] plain(double theta) {
        float[] frequencies = new float[dimension / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = 1f / wave(theta, i);
        }
        return frequencies;
    }

    /** theta^(2i / dimension), the exponent and the result rounded to float32. */
    private float wave(double theta, int pair) {
        return (float) Math.pow(theta, 2f * pair / dimension);
    }

    private static float[] divided(float[] frequencies, double factor) {
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] /= (float) factor;
        }
        return frequencies;
    }

    private double grown(Scaling.Dynamic dynamic, int length) {
        double factor = dynamic.factor();
        double reach = (double) Math.max(length, dynamic.positions()) / dynamic.positions();
        return base * Math.pow(factor * reach - (factor - 1), dimension / (dimension - 2.0));
    }

    private float[] perPair(List<Double> factors) {
        float[] frequencies = new float[dimension / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = 1f / (factors.get(i).floatValue() * wave(base, i));
        }
        return frequencies;
    }

    private float[] banded(Scaling.Llama3 llama) {
        float[] frequencies = plain(base);
        double longest = llama.positions() / llama.low();
        double shortest = llama.positions() / llama.high();
        for (int i = 0; i < frequencies.length; i++) {
            float length = (float) (2 * Math.PI) / frequencies[i];
            if (length > longest) {
                frequencies[i] /= (float) llama.factor();
            } else if (length >= shortest) {
                float blend = (float) ((llama.positions() / length - llama.low()) / (llama.high() - llama.low()));
                frequencies[i] = (1 - blend) * frequencies[i] / (float) llama.factor() + blend * frequencies[i];
            }
        }
        return frequencies;
    }

    private float[] ramped(Scaling.Yarn yarn) {
        double low = pairWithRotations(yarn.fast(), yarn);
        double high = pairWithRotations(yarn.slow(), yarn);
        low = Math.max(yarn.truncate() ? Math.floor(low) : low, 0);
        high = Math.min(yarn.truncate() ? Math.ceil(high) : high, dimension - 1);
        high += low == high ? 0.001 : 0;
        float[] frequencies = new float[dimension / 2];
        for (int i = 0; i < frequencies.length; i++) {
            float kept = 1 - Math.clamp((i - (float) low) / (float) (high - low), 0f, 1f);
            float wave = wave(base, i);
            frequencies[i] = 1f / ((float) yarn.factor() * wave) * (1 - kept) + 1f / wave * kept;
        }
        return frequencies;
    }

    /** The (fractional) pair that turns so many times over the original length. */
    private double pairWithRotations(double rotations, Scaling.Yarn yarn) {
        return dimension * Math.log(yarn.positions() / (rotations * 2 * Math.PI)) / (2 * Math.log(base));
    }

    /**
     * YaRN's multiplier where the config gives none.
     *
     * @param factor    the scaling factor
     * @param mscale    DeepSeek's mscale, empty elsewhere
     * @param allScale  DeepSeek's mscale_all_dim, empty elsewhere
     * @return 0.1 ln(factor) + 1, or the ratio of the two terms where both scales are there and not 0
     */
    public static double yarnMultiplier(double factor, OptionalDouble mscale, OptionalDouble allScale) {
        boolean ratio = mscale.orElse(0) != 0 && allScale.orElse(0) != 0;
        return ratio
                ? yarnTerm(factor, mscale.getAsDouble()) / yarnTerm(factor, allScale.getAsDouble())
                : yarnTerm(factor, 1);
    }

    private static double yarnTerm(double factor, double mscale) {
        return factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;
    }
}
