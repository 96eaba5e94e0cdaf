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
    /** With longer vectors OpenBLAS stays: nobody has measured which is faster there. */
    private static final int LANES = 8;
    /** Smaller products are left to the library, which needs no compiler to become fast. */
    private static final int INPUTS = 48;
    private static final int WEIGHTS = 1 << 18;
    /** Inputs that are multiplied at a time, and their numbers: four megabytes of input for a thousand columns. */
    private static final int MANY = 1024;
    private static final int NUMBERS = 1 << 22;
    /** Inputs that are copied at a time. */
    private static final int COPIED = 24;
    /** Rows of a piece, of weights with many rows and with few. */
    private static final int PIECE = 128;
    private static final int SMALL_PIECE = 64;

    private ManyProducts() {}

    /**
     * Whether this is the way for a product. It depends on shapes alone, since the bits of results do.
     *
     * @param inputs  how many
     * @param rows    of the weight
     * @param columns of the weight
     */
    static boolean fits(int inputs, int rows, int columns) {
        return Lanes.N <= LANES && inputs >= INPUTS && (long) rows * columns >= WEIGHTS;
    }

    /**
     * y = x W^T.
     *
     * @param kernel holds W, [out, in]
     * @param input  [n, in]
     * @param output [n, out]
     */
    static void apply(RowKernel kernel, Batch input, Batch output) {
        int most = Math.clamp(NUMBERS / kernel.inFeatures(), INPUTS, MANY);
        int blocks = Math.ceilDiv(input.rows(), most);
        int block = Math.ceilDiv(input.rows(), blocks);
        for (int first = 0; first < input.rows(); first += block) {
            int count = Math.min(block, input.rows() - first);
            LeftPanel left = LeftPanel.take(count, kernel.inFeatures());
            long from = input.row(first);
            kernel.tools().parallel().forEach(count, COPIED,
                    (start, end) -> left.fill(from, 4 * input.stride(), start, end));
            pieces(kernel, count, left, output.row(first), 4 * output.stride());
            left.giveBack();
        }
    }

    private static void pieces(RowKernel kernel, int count, LeftPanel left, long output, long step) {
        int size = kernel.outFeatures() >= 8 * PIECE ? PIECE : SMALL_PIECE;
        kernel.tools().parallel().forEach(kernel.outFeatures(), size, (from, to) -> {
            try (Scratch.Frame frame = Scratch.frame()) {
                VectorGemm.multiply(false, count, to - from, left, kernel.packing(from, to, frame), output + 4L * from,
                        step);
            }
        });
    }
}
