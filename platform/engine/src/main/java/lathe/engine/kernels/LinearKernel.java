package lathe.engine.kernels;

import java.util.ArrayList;
import java.util.List;

import lathe.engine.tensor.InUse;
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
     * @param parts       the stored tensors, held while they are used
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

    /** All stored tensors of some kernels, for one that is made of them. */
    static List<Tensor> partsOf(List<LinearKernel> kernels) {
        return kernels.stream().flatMap(kernel -> kernel.parts.stream()).toList();
    }

    /**
     * Holds the memory of the weight and of its operands; throws if it was freed.
     *
     * @param tensors operands
     * @return the use, to be closed
     */
    final InUse use(Tensor... tensors) {
        return use(parts, tensors);
    }

    /**
     * Holds the memory of several weights and of their operands; throws if any was freed.
     *
     * @param kernels the weights
     * @param tensors operands
     * @return the use, to be closed
     */
    static InUse use(LinearKernel[] kernels, Tensor... tensors) {
        List<Tensor> all = new ArrayList<>();
        for (LinearKernel kernel : kernels) {
            all.addAll(kernel.parts);
        }
        return use(all, tensors);
    }

    private static InUse use(List<Tensor> parts, Tensor... tensors) {
        InUse use = InUse.of(parts, tensors);
        try {
            for (Tensor part : parts) {
                Memory.address(part);
            }
        } catch (IllegalStateException | IllegalArgumentException e) {
            use.close();
            throw e;
        }
        return use;
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
