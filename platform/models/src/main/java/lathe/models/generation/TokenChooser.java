package lathe.models.generation;

import static java.util.Objects.requireNonNull;

import lathe.spi.LatheException;

/** Chooses the tokens of one sequence. The draw of a step depends on the seed and the step alone. */
final class TokenChooser {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final Sampling sampling;
    private long step;

    TokenChooser(Sampling sampling) {
        this.sampling = requireNonNull(sampling, "sampling is null");
    }

    int next(float[] logits, int[] history) {
        for (float logit : logits) {
            if (Float.isNaN(logit)) {
                throw new LatheException("The model's logits are not numbers (NaN); its weights or the method applied "
                        + "to them are broken.");
            }
        }
        if (sampling.isGreedy()) {
            return Distribution.best(logits, history, sampling);
        }
        double[] probabilities = Distribution.of(logits, history, sampling);
        double draw = uniform(sampling.seed(), step++);
        double sum = 0;
        int last = 0;
        for (int token = 0; token < probabilities.length; token++) {
            if (probabilities[token] > 0) {
                last = token;
                sum += probabilities[token];
                if (draw < sum) {
                    return token;
                }
            }
        }
        return last;
    }

    /** SplitMix64 of seed and step. */
    private static double uniform(long seed, long step) {
        long bits = mix(mix(seed + GOLDEN) + (step + 1) * GOLDEN);
        return (bits >>> 11) * 0x1.0p-53;
    }

    private static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
