package lathe.noisytopk;

import lathe.spi.autograd.Variable;
import lathe.spi.numeric.Normal;
import lathe.spi.tensor.Tensor;

/**
 * The smooth load of arXiv 1701.06538 (eqs. 8 to 10): the probability that an expert is among a token's k best when its
 * own noise is drawn anew, Phi((H_e - kth excluding e) / sd_e).
 */
final class SmoothLoad {
    private final Tensor clean;
    private final Tensor noisy;
    private final Tensor deviations;
    private final int k;

    private SmoothLoad(Tensor clean, Tensor noisy, Tensor deviations, int k) {
        this.clean = clean;
        this.noisy = noisy;
        this.deviations = deviations;
        this.k = k;
    }

    static SmoothLoad of(Tensor clean, Tensor noisy, Tensor deviations, int k) {
        return new SmoothLoad(clean, noisy, deviations, k);
    }

    /** The same on a tape, [experts]. */
    static Variable of(Variable clean, Variable noisy, Variable deviations, int k) {
        SmoothLoad load = new SmoothLoad(clean.value(), noisy.value(), deviations.value(), k);
        Variable thresholds = noisy.gather(clean.tape().scope().of(load.thresholds(), clean.value().size(0),
                clean.value().size(1)));
        return clean.subtract(thresholds).divide(deviations).map(Normal::cumulative, Normal::density).sum(0);
    }

    /** The expert whose noisy logit each expert must beat: without a chosen expert the next best one would be the k-th. */
    private int[] thresholds() {
        int experts = clean.size(1);
        int[] order = noisy.topK(k + 1).toInts();
        int[] thresholds = new int[clean.size(0) * experts];
        for (int i = 0; i < thresholds.length; i++) {
            int token = i / experts;
            int last = order[token * (k + 1) + k - 1];
            int next = order[token * (k + 1) + k];
            thresholds[i] = noisy.get(token, i % experts) > noisy.get(token, next) ? next : last;
        }
        return thresholds;
    }

    /** The expected number of tokens of every expert; k must be below the number of experts. */
    double[] sum() {
        int experts = clean.size(1);
        int[] thresholds = thresholds();
        double[] load = new double[experts];
        for (int token = 0; token < clean.size(0); token++) {
            for (int expert = 0; expert < experts; expert++) {
                double threshold = noisy.get(token, thresholds[token * experts + expert]);
                load[expert] += Normal.cumulative(
                        (clean.get(token, expert) - threshold) / deviations.get(token, expert));
            }
        }
        return load;
    }
}
