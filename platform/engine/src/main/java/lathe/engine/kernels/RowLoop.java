package lathe.engine.kernels;

import java.util.function.ToIntFunction;

import lathe.spi.numeric.Parallel;

/** Shares out the rows of one or several weights in one loop, since at the end of every loop threads wait for the slowest. */
final class RowLoop {
    /** What is done with a chunk. */
    interface Body {
        void run(int weight, int from, int to);
    }

    private RowLoop() {}

    /**
     * Runs over all rows.
     *
     * @param parallel who shares the chunks
     * @param kernels  the weights
     * @param chunk    rows of a chunk
     * @param body     is given the index of a weight, a first row and the row after the last
     */
    static void run(Parallel parallel, RowKernel[] kernels, ToIntFunction<RowKernel> chunk, Body body) {
        int[] firsts = new int[kernels.length + 1];
        for (int i = 0; i < kernels.length; i++) {
            firsts[i + 1] = firsts[i] + Math.ceilDiv(kernels[i].outFeatures(), chunk.applyAsInt(kernels[i]));
        }
        parallel.forEach(firsts[kernels.length], 1, (from, to) -> {
            for (int index = from; index < to; index++) {
                int weight = 0;
                while (index >= firsts[weight + 1]) {
                    weight++;
                }
                int rows = chunk.applyAsInt(kernels[weight]);
                int first = (index - firsts[weight]) * rows;
                body.run(weight, first, Math.min(first + rows, kernels[weight].outFeatures()));
            }
        });
    }
}
