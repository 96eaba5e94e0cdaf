package lathe.engine.kernels;

import java.util.List;

import lathe.spi.tensor.Tensor;

/** Products with one stored weight [out, in]. Kernels are used by one caller at a time or several: they keep no state. */
abstract class LinearKernel {
    private final int outFeatures;
    private final int inFeatures;
    private final List<Tensor> parts;

    /**
     * A kernel.
     *
     * @param outFeatures rows of the weight
     * @param inFeatures  columns of the weight
     * @param parts       the stored tensors, checked to be alive before each use
     */
    LinearKernel(int outFeatures, int inFeatures, List<Tensor> parts) {
        this.outFeatures = outFeatures;
        this.inFeatures = inFeatures;
        this.parts = List.copyOf(parts);
    }

    final int outFeatures() {
        return outFeatures;
    }

    final int inFeatures() {
        return inFeatures;
    }

    /** Throws if the memory of the weight was freed. */
    final void checkAlive() {
        for (Tensor part : parts) {
            Memory.address(part);
        }
    }

    /**
     * y = x W^T.
     *
     * @param input  [n, in]
     * @param output [n, out], overwritten, not the input
     */
    abstract void apply(Batch input, Batch output);

    /**
     * Some rows of the dense matrix.
     *
     * @param from first row
     * @param to   row after the last
     * @param into [to - from, in], overwritten
     */
    abstract void decode(int from, int to, Batch into);
}
