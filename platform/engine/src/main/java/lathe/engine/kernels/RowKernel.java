package lathe.engine.kernels;

import java.util.List;

import lathe.engine.blas.Packing;
import lathe.engine.blas.RightPanel;
import lathe.spi.tensor.Tensor;

/**
 * A weight whose rows are stored one after the other, so that rows are the unit of work: a few inputs are multiplied row
 * by row from the stored form, many by decoding a panel of rows and a dense product. Chunks of rows depend on the weight
 * alone, so that the bits of a result do not depend on the number of threads.
 */
abstract class RowKernel extends LinearKernel {
    /** Up to so many inputs the stored form is read directly; beyond, decoding once and a dense product is faster. */
    private static final int FEW = 6;
    /** Bytes of a chunk of stored rows: stays in the second-level cache while several inputs go over it. */
    private static final long CHUNK_BYTES = 128 << 10;
    /**
     * Rows of a decoded panel at most. The product brings all inputs into its own order for every panel, which 128 rows pay
     * worse than 512: one core multiplies 512 inputs of 1024 columns with panels of 128, 256, 512 and 1024 rows at 0.82, 0.90,
     * 0.93 and 0.96 of its best rate, and a prompt of 512 tokens of a whole model was 8 % faster with this limit than with 256.
     */
    private static final int PANEL_ROWS = 512;
    private static final int FEWEST_PANEL_ROWS = 128;
    /** Panels at least, and their number is a multiple of it, so that no thread is left with one more. */
    private static final int PANELS = 4;
    /** Inputs of one product, about: long prompts have work for more threads than there are panels. */
    private static final int MANY = 1024;
    /** Floats of a decoded panel at most: eight megabytes. */
    private static final int PANEL = 2 << 20;

    private final KernelTools tools;
    private final long rowBytes;

    /**
     * A kernel.
     *
     * @param outFeatures rows
     * @param inFeatures  columns
     * @param parts       stored tensors
     * @param tools       pool, loops
     */
    RowKernel(int outFeatures, int inFeatures, List<Tensor> parts, KernelTools tools) {
        super(outFeatures, inFeatures, parts);
        this.tools = tools;
        this.rowBytes = parts.stream().mapToLong(Tensor::bytes).sum() / outFeatures;
    }

    final KernelTools tools() {
        return tools;
    }

    final RowMath math() {
        return tools.math();
    }

    /**
     * One row of the dense matrix.
     *
     * @param row which
     * @param to  receives inFeatures floats
     */
    abstract void decodeRow(int row, long to);

    /**
     * Rows that must not be told apart: chunks hold a multiple of them.
     *
     * @return 4, unless overridden; a power of two
     */
    int rowUnit() {
        return 4;
    }

    /**
     * Floats that an arranged input takes.
     *
     * @return inFeatures() if inputs are read in their order
     */
    int arrangedSize() {
        return inFeatures();
    }

    /** Whether arranged inputs lie outside the heap, where vectors of them never end in the next cache line. */
    boolean arrangesOutside() {
        return false;
    }

    /**
     * Brings an input into the order in which {@link #multiply} wants it, where it {@link #arrangesOutside}.
     *
     * @param input inFeatures floats
     * @param to    receives arrangedSize() floats, aligned to 64 bytes
     */
    void arrange(long input, long to) {
        throw new IllegalStateException("This kernel's inputs are arranged in an array.");
    }

    /**
     * Products of some rows with one input, where it {@link #arrangesOutside}.
     *
     * @param from   first row
     * @param to     row after the last
     * @param input  address of the arranged input
     * @param output address of y[from]
     */
    void multiply(int from, int to, long input, long output) {
        throw new IllegalStateException("This kernel's inputs are arranged in an array.");
    }

    /**
     * Brings an input into the order in which {@link #multiply} wants it. Inputs are Java arrays there: in loops over
     * little memory the bounds checks of off-heap loads cost more than the loads.
     *
     * @param input inFeatures floats
     * @param to    receives arrangedSize() floats
     * @param at    first index of {@code to}
     */
    void arrange(long input, float[] to, int at) {
        Memory.copy(input, to, at, inFeatures());
    }

    /**
     * Products of some rows with one input.
     *
     * @param from   first row
     * @param to     row after the last
     * @param input  the input, arranged
     * @param at     its first index
     * @param output address of y[from]
     */
    void multiply(int from, int to, float[] input, int at, long output) {
        try (Scratch.Frame frame = Scratch.frame()) {
            long row = frame.floats(inFeatures());
            for (int i = from; i < to; i++) {
                decodeRow(i, row);
                Memory.setFloat(output + 4L * (i - from), math().dot(row, input, at, inFeatures()));
            }
        }
    }

    /**
     * What tells the order of arranged inputs: weights with equal ones may share them.
     *
     * @return the kernel itself, unless overridden
     */
    Object arrangement() {
        return this;
    }

    /** Whether so many inputs are multiplied row by row. */
    static boolean readsStoredForm(int inputs) {
        return inputs <= FEW;
    }

    /** Whether so many inputs are multiplied by {@link ManyProducts}. */
    boolean multipliesPieces(int inputs) {
        return math().hasLanes() && ManyProducts.fits(inputs, outFeatures(), inFeatures());
    }

    @Override
    final void apply(Batch input, Batch output) {
        if (readsStoredForm(input.rows())) {
            FewProducts.apply(tools.parallel(), new RowKernel[] {this}, input, new Batch[] {output});
        } else {
            applyMany(input, output);
        }
    }

    /**
     * Rows of a chunk: four chunks or a multiple of them, of the same size, so that no thread is left with one more. Chunks
     * of 128 KB alone made two of a weight of 256 rows of a thousand codes, of 237 rows and of 19.
     */
    final int chunk() {
        long chunks = 4 * Math.ceilDiv(Math.ceilDiv(rowBytes * outFeatures(), CHUNK_BYTES), 4);
        int rows = (int) Math.ceilDiv(outFeatures(), chunks);
        return Math.clamp(rows + rowUnit() - 1 & -rowUnit(), Math.max(8, rowUnit()), 1 << 14);
    }

    /**
     * Products with many inputs.
     *
     * @param input  [n, in]
     * @param output [n, out]
     */
    void applyMany(Batch input, Batch output) {
        if (multipliesPieces(input.rows())) {
            ManyProducts.apply(tools, new RowKernel[] {this}, input, new Batch[] {output});
            return;
        }
        int size = panelRows();
        int blocks = Math.max(1, (input.rows() + MANY / 2) / MANY);
        int block = Math.ceilDiv(input.rows(), blocks);
        tools.parallel().forEach(Math.ceilDiv(outFeatures(), size) * blocks, 1, (from, to) -> {
            for (int task = from; task < to; task++) {
                int row = task / blocks * size;
                int first = task % blocks * block;
                multiplyPanel(row, Math.min(row + size, outFeatures()), first, Math.min(first + block, input.rows()),
                        input,
                        output);
            }
        });
    }

    private void multiplyPanel(int from, int to, int first, int last, Batch input, Batch output) {
        try (Scratch.Frame frame = Scratch.frame()) {
            Batch weights = panel(from, to, frame);
            tools.product().timesTransposed(
                    false,
                    last - first,
                    to - from,
                    inFeatures(),
                    input.row(first),
                    input.stride(),
                    weights.address(),
                    weights.stride(),
                    output.row(first) + 4L * from,
                    output.stride());
        }
    }

    private int panelRows() {
        int panels = PANELS * Math.ceilDiv(outFeatures(), PANELS * PANEL_ROWS);
        int rows = Math.ceilDiv(outFeatures(), panels) + 7 & -8;
        return Math.clamp(Math.min(rows, PANEL / inFeatures() & -8), FEWEST_PANEL_ROWS, PANEL_ROWS);
    }

    /** Rows as float32: decoded into the frame, or in place where they are stored so. */
    Batch panel(int from, int to, Scratch.Frame frame) {
        Batch panel = new Batch(
                frame.floats((long) (to - from) * inFeatures()),
                inFeatures(),
                to - from,
                inFeatures());
        for (int row = from; row < to; row++) {
            decodeRow(row, panel.row(row - from));
        }
        return panel;
    }

    /** The same rows as columns of a product: from their float32 form, unless there is a shorter way. */
    Packing packing(int from, int to, Scratch.Frame frame) {
        Batch panel = panel(from, to, frame);
        return RightPanel.byColumns(panel.address(), 4 * panel.stride());
    }

    @Override
    final void decode(int from, int to, Batch into) {
        for (int row = from; row < to; row++) {
            decodeRow(row, into.row(row - from));
        }
    }
}
