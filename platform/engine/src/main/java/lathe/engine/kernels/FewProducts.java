package lathe.engine.kernels;

import lathe.spi.numeric.Parallel;

/**
 * Products of a few inputs with one or several weights that read them in the same order: inputs are arranged once, and the
 * chunks of rows of all weights are shared out in one loop, since at the end of every loop threads wait for the slowest.
 */
final class FewProducts {
    /**
     * Chunks of rows that go at once, half a megabyte: rows that go four at a time come from as many places, and the longer
     * the processor fetches ahead there, the better. In one process and in turn a token in bfloat16 was 1.07 and 1.05 times as
     * fast as with single chunks, in four bits 1.06 and 1.03 (512 bits).
     */
    private static final int TOGETHER = 4;

    private FewProducts() {}

    /** Whether weights can have the same arranged inputs. */
    static boolean fit(RowKernel[] kernels) {
        Object arrangement = kernels[0].arrangement();
        for (RowKernel kernel : kernels) {
            if (!kernel.arrangement().equals(arrangement) || kernel.inFeatures() != kernels[0].inFeatures()) {
                return false;
            }
        }
        return true;
    }

    /**
     * y = x W^T of every weight.
     *
     * @param parallel who shares the chunks
     * @param kernels  the weights, which {@link #fit}
     * @param input    [n, in]
     * @param outputs  [n, out] of each
     */
    static void apply(Parallel parallel, RowKernel[] kernels, Batch input, Batch[] outputs) {
        if (kernels[0].arrangesOutside()) {
            outside(parallel, kernels, input, outputs);
        } else {
            inside(parallel, kernels, input, outputs);
        }
    }

    private static void inside(Parallel parallel, RowKernel[] kernels, Batch input, Batch[] outputs) {
        int size = kernels[0].arrangedSize();
        float[] arranged = HeapScratch.inputs(size * input.rows());
        for (int i = 0; i < input.rows(); i++) {
            kernels[0].arrange(input.row(i), arranged, size * i);
        }
        RowLoop.run(parallel, kernels, RowKernel::chunk, TOGETHER, (weight, from, to) -> {
            for (int i = 0; i < input.rows(); i++) {
                kernels[weight].multiply(from, to, arranged, size * i, outputs[weight].row(i) + 4L * from);
            }
        });
    }

    private static void outside(Parallel parallel, RowKernel[] kernels, Batch input, Batch[] outputs) {
        // Whole cache lines.
        long size = 4L * kernels[0].arrangedSize() + 63 & -64;
        try (Scratch.Frame frame = Scratch.frame()) {
            long arranged = frame.bytes(size * input.rows());
            for (int i = 0; i < input.rows(); i++) {
                kernels[0].arrange(input.row(i), arranged + size * i);
            }
            RowLoop.run(parallel, kernels, RowKernel::chunk, TOGETHER, (weight, from, to) -> {
                for (int i = 0; i < input.rows(); i++) {
                    kernels[weight].multiply(from, to, arranged + size * i, outputs[weight].row(i) + 4L * from);
                }
            });
        }
    }
}
