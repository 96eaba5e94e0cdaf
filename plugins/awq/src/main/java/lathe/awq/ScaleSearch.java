package lathe.awq;

import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Searches the scales of the inputs that some linears share (step 14): s = max(a^ratio, 1e-4) / sqrt(max s * min s) with a
 * the mean magnitude of each input, for ratio = 0, 1/n, .., (n-1)/n; the first ratio with the least loss wins.
 *
 * @param config number of ratios
 */
record ScaleSearch(AwqConfig config) {
    private static final double SMALLEST = 1e-4;

    /**
     * What a search found.
     *
     * @param scales [in]
     * @param best   index of the ratio
     * @param losses [nGrid]
     */
    record Found(Tensor scales, int best, Tensor losses) {}

    /**
     * Searches.
     *
     * @param magnitudes [in] mean |x|
     * @param dense      outputs of the unchanged model
     * @param output     outputs with weights rounded under some scales; called with a scope that closes after each try
     * @param scope      where the result lives
     * @return scales and losses
     */
    Found search(Tensor magnitudes, Tensor dense, Try output, Scope scope) {
        Tensor losses = scope.zeros(config.nGrid());
        int best = -1;
        for (int i = 0; i < config.nGrid(); i++) {
            try (Scope temporary = scope.child()) {
                Tensor scales = scales(magnitudes.in(temporary), i);
                Tensor difference = output.with(scales, temporary).in(temporary).subtract(dense);
                losses.set(difference.square().sum() / difference.elements(), i);
            }
            if (best < 0 || losses.get(i) < losses.get(best)) {
                best = i;
            }
        }
        return new Found(scales(magnitudes.in(scope), best), best, losses);
    }

    private Tensor scales(Tensor magnitudes, int step) {
        double ratio = (double) step / config.nGrid();
        Tensor powers = magnitudes.map(a -> Math.max((float) Math.pow(a, ratio), SMALLEST));
        double largest = powers.maxAbs();
        double smallest = 1 / powers.map(s -> 1 / s).maxAbs();
        return powers.divide(Math.sqrt(largest * smallest));
    }

    /** Outputs under scales. */
    @FunctionalInterface
    interface Try {
        /**
         * Computes.
         *
         * @param scales    [in]
         * @param temporary where the result lives
         * @return outputs of the shape of the dense ones
         */
        Tensor with(Tensor scales, Scope temporary);
    }
}
