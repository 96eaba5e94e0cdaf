package lathe.engine.kernels;

import lathe.engine.blas.LeftPanel;
import lathe.engine.blas.VectorGemm;

/**
 * Products of a large weight with many inputs: the inputs are brought into the order of the innermost loop once, by all
 * threads, and the weight piece by piece from its stored form, by whoever takes the next piece. A library's product cannot
 * be told that its inputs are the same for every piece, nor that its weight is stored in another form, and spends a tenth of
 * its time on that.
 */
final class ManyProducts {
    /** Smaller products are left to the library, which needs no compiler to become fast. */
    private static final int INPUTS = 48;
    private static final int WEIGHTS = 1 << 18;
    /** Inputs that are multiplied at a time, and their numbers: four megabytes of input for a thousand columns. */
    private static final int MANY = 1024;
    private static final int NUMBERS = 1 << 22;
    /** Inputs that are copied at a time. */
    private static final int COPIED = 24;
    /** Rows of a piece of a weight. */
    private static final int PIECE = 64;

    private ManyProducts() {}

    /**
     * Whether this is the way for a product. It depends on shapes alone, since the bits of results do.
     *
     * @param inputs  how many
     * @param rows    of the weight
     * @param columns of the weight
     */
    static boolean fits(int inputs, int rows, int columns) {
        return inputs >= INPUTS && (long) rows * columns >= WEIGHTS;
    }

    /** Whether this is the way for all of several weights of the same inputs. */
    static boolean fit(RowKernel[] kernels, int inputs) {
        for (RowKernel kernel : kernels) {
            if (!kernel.multipliesPieces(inputs) || kernel.inFeatures() != kernels[0].inFeatures()) {
                return false;
            }
        }
        return true;
    }

    /**
     * y = x W^T of every weight.
     *
     * @param tools   pool
     * @param kernels the weights, which {@link #fit}
     * @param input   [n, in]
     * @param outputs [n, out] of each
     */
    static void apply(KernelTools tools, RowKernel[] kernels, Batch input, Batch[] outputs) {
        PromptStart.Done.await();
        int columns = kernels[0].inFeatures();
        int blocks = Math.ceilDiv(input.rows(), Math.clamp(NUMBERS / columns, INPUTS, MANY));
        int block = Math.ceilDiv(input.rows(), blocks);
        for (int first = 0; first < input.rows(); first += block) {
            int begin = first;
            int count = Math.min(block, input.rows() - first);
            LeftPanel left = LeftPanel.take(count, columns);
            tools.parallel().forEach(count, COPIED,
                    (from, to) -> left.fill(input.row(begin), 4 * input.stride(), from, to));
            RowLoop.run(tools.parallel(), kernels, kernel -> PIECE, 1, (weight, from, to) -> {
                Batch output = outputs[weight];
                try (Scratch.Frame frame = Scratch.frame()) {
                    VectorGemm.multiply(false, count, to - from, left, kernels[weight].packing(from, to, frame),
                            output.row(begin) + 4L * from, 4 * output.stride());
                }
            });
            left.giveBack();
        }
    }
}
