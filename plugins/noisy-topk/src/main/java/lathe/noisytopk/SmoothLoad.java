package lathe.noisytopk;

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

    /** The expected number of tokens of every expert; k must be below the number of experts. */
    double[] sum() {
        int experts = clean.size(1);
        int[] order = noisy.topK(k + 1).toInts();
        double[] load = new double[experts];
        for (int token = 0; token < clean.size(0); token++) {
            double last = noisy.get(token, order[token * (k + 1) + k - 1]);
            double next = noisy.get(token, order[token * (k + 1) + k]);
            for (int expert = 0; expert < experts; expert++) {
                // Without a chosen expert the next best one would be the k-th.
                double threshold = noisy.get(token, expert) > next ? next : last;
                load[expert] += Normal.cumulative(
                        (clean.get(token, expert) - threshold) / deviations.get(token, expert));
            }
        }
        return load;
    }
}
