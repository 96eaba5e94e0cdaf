package lathe.engine.attention;

import java.util.Arrays;

import lathe.engine.kernels.Memory;
import lathe.spi.tensor.Tensor;

/**
 * The softmax of one query whose keys were read in ranges apart: each range leaves its maximum m, the sum l of e^(s - m) and
 * the sum of e^(s - m) v; they are put together in the order of the keys (arXiv 1805.02867). Ranges are of a fixed number of
 * keys, so that digits do not depend on how many threads read them.
 */
final class SplitSoftmax {
    /** Keys of a range. */
    static final int KEYS = 2048;
    /** With so many units of work there is enough to do without ranges. */
    static final int ENOUGH = 16;

    private SplitSoftmax() {}

    /**
     * Where the rows of a range stand.
     *
     * @param maxima   a row's largest score
     * @param sums     a row's sum of exponentials
     * @param weighted rows of weighted values, one after the other
     */
    record Part(float[] maxima, double[] sums, float[] weighted) {}

    /**
     * Puts ranges together.
     *
     * @param parts in the order of the keys
     * @param heads head of a row
     * @param query which query
     * @param to    [h, n, valueDim], of which the rows are written: zeros where nothing was read
     */
    static void merge(Part[] parts, int[] heads, int query, Tensor to) {
        int width = to.size(2);
        double[] sums = new double[width];
        for (int row = 0; row < heads.length; row++) {
            float maximum = Float.NEGATIVE_INFINITY;
            for (Part part : parts) {
                maximum = Math.max(maximum, part.maxima[row]);
            }
            double sum = 0;
            Arrays.fill(sums, 0);
            for (Part part : parts) {
                double factor = part.sums[row] == 0 ? 0 : Math.exp((double) part.maxima[row] - maximum);
                sum += factor * part.sums[row];
                for (int i = 0; i < width; i++) {
                    sums[i] += factor * part.weighted[row * width + i];
                }
            }
            long address = Memory.address(to) + 4 * (to.stride(0) * heads[row] + to.stride(1) * query);
            for (int i = 0; i < width; i++) {
                Memory.setFloat(address + 4L * i, sum == 0 ? 0 : (float) (sums[i] / sum));
            }
        }
    }
}
