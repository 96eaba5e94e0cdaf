package lathe.engine.kernels;

import java.util.List;

import lathe.spi.tensor.Tensor;

/** A weight of which each row stores some columns and their values: bitmask, N:M and CSR, each with its own index. */
abstract class SparseRowKernel extends RowKernel {
    /** Rows of which less than one of so many columns is stored are cheaper, and rounded less, value by value. */
    private static final int SPARSEST = 4;

    private final SparseValues values;
    /** Null unless codes are multiplied as if all columns were stored. */
    private final VectorPackedDot product;
    private final SparseSpread spread;

    SparseRowKernel(int outFeatures, int inFeatures, List<Tensor> parts, SparseValues values, KernelTools tools) {
        super(outFeatures, inFeatures, parts, tools);
        this.values = values;
        boolean spreads = tools.math().hasLanes() && hasBits() && values.spreads()
                && SPARSEST * values.count() >= (long) outFeatures * inFeatures;
        this.product = spreads
                && tools.math()
                        .packedDot(new PackedLayout(values.bits()).wide(), inFeatures,
                                values.group()) instanceof VectorPackedDot dot
                                        ? dot
                                        : null;
        this.spread = product == null ? null : values.spread();
    }

    final SparseValues values() {
        return values;
    }

    /** Index of a row's first value. */
    abstract long first(int row);

    /** Values of a row. */
    abstract int count(int row);

    /**
     * Columns of a row's values.
     *
     * @param row which
     * @param to  receives count(row) I32, ascending
     */
    abstract void columns(int row, long to);

    /** Whether the form can say its columns as bits; the others name them one by one. */
    boolean hasBits() {
        return false;
    }

    /**
     * The columns of a row as bits.
     *
     * @param row   which
     * @param space memory for one bit a column, whole 64-bit words
     * @return address of them, in that memory or elsewhere
     */
    long bits(int row, long space) {
        throw new IllegalStateException("This form names its columns one by one.");
    }

    /** Whether codes are multiplied as if all columns were stored: where the form has bits and zero points are codes. */
    private boolean spreads() {
        return spread != null;
    }

    @Override
    final int arrangedSize() {
        return spreads() ? product.arrangedSize() : super.arrangedSize();
    }

    @Override
    boolean arrangesOutside() {
        return spreads();
    }

    @Override
    void arrange(long input, long to) {
        product.arrange(input, to);
    }

    @Override
    void multiply(int from, int to, long input, long output) {
        multiplySpread(from, to, input, output);
    }

    @Override
    void multiply(int from, int to, float[] input, int at, long output) {
        try (Scratch.Frame frame = Scratch.frame()) {
            long columns = frame.floats(inFeatures());
            long numbers = frame.floats(inFeatures());
            for (int row = from; row < to; row++) {
                float sum = math().hasLanes() && hasBits()
                        ? expanded(row, input, at, columns, numbers)
                        : gathered(row, input, at, columns, numbers);
                Memory.setFloat(output + 4L * (row - from), sum);
            }
        }
    }

    private void multiplySpread(int from, int to, long input, long output) {
        GroupScales groups = values.scales();
        float[] scale = groups.scales(from, to);
        float[] zero = groups.zeros(from, to);
        try (Scratch.Frame frame = Scratch.frame()) {
            long space = frame.bytes(inFeatures() / 8 + 8L);
            long words = frame.bytes(inFeatures() + 8L);
            long absent = frame.bytes(inFeatures() + 8L);
            for (int row = from; row < to; row++) {
                float sum = 0;
                int zeros = groups.zeroStride() * (row - from);
                if (zeros != 0 || row == from) {
                    spread.zeros(zero, zeros, inFeatures(), values.group(), absent);
                }
                if (count(row) > 0) {
                    spread.spread(bits(row, space), inFeatures(), first(row), absent, words);
                    sum = product.wideDot(words, input, scale, groups.groups() * (row - from), zero, zeros);
                }
                Memory.setFloat(output + 4L * (row - from), sum);
            }
        }
    }

    private float expanded(int row, float[] input, int at, long columns, long numbers) {
        int count = count(row);
        long halves = HalfExpandedDot.fits() ? values.halves(first(row), count, HalfExpandedDot.BEYOND) : 0;
        if (halves != 0) {
            return dotHalves(row, halves, input, at);
        }
        values.read(first(row), count, numbers);
        if (values.quantized()) {
            columns(row, columns);
            values.dequantise(row, numbers, columns, count);
        }
        return dot(row, numbers, input, at);
    }

    /**
     * The product of a row's numbers with an input.
     *
     * @param row     which
     * @param numbers address of its numbers, float32
     * @param input   the input
     * @param at      its first index
     */
    float dot(int row, long numbers, float[] input, int at) {
        try (Scratch.Frame frame = Scratch.frame()) {
            long bits = bits(row, frame.bytes(inFeatures() / 8 + 8L));
            return ExpandedDot.ofBits(bits, inFeatures(), numbers, input, at);
        }
    }

    /** The same with numbers that are bf16, and may be read beyond the row. */
    float dotHalves(int row, long numbers, float[] input, int at) {
        try (Scratch.Frame frame = Scratch.frame()) {
            long bits = bits(row, frame.bytes(inFeatures() / 8 + 8L));
            return HalfExpandedDot.ofBits(bits, inFeatures(), numbers, input, at);
        }
    }

    /** Four sums side by side: one alone would wait for itself. */
    private float gathered(int row, float[] input, int at, long columns, long numbers) {
        int count = load(row, columns, numbers);
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        int i = 0;
        for (; i <= count - 4; i += 4) {
            long column = columns + 4L * i;
            long number = numbers + 4L * i;
            a = Math.fma(Memory.getFloat(number), input[at + Memory.getInt(column)], a);
            b = Math.fma(Memory.getFloat(number + 4), input[at + Memory.getInt(column + 4)], b);
            c = Math.fma(Memory.getFloat(number + 8), input[at + Memory.getInt(column + 8)], c);
            d = Math.fma(Memory.getFloat(number + 12), input[at + Memory.getInt(column + 12)], d);
        }
        for (; i < count; i++) {
            a = Math.fma(Memory.getFloat(numbers + 4L * i), input[at + Memory.getInt(columns + 4L * i)], a);
        }
        return a + b + (c + d);
    }

    @Override
    final void decodeRow(int row, long to) {
        Memory.clear(to, 4L * inFeatures());
        addRow(row, to);
    }

    /**
     * Adds one row of the dense matrix.
     *
     * @param row which
     * @param to  inFeatures floats
     */
    final void addRow(int row, long to) {
        try (Scratch.Frame frame = Scratch.frame()) {
            long columns = frame.floats(inFeatures());
            long numbers = frame.floats(inFeatures());
            int count = load(row, columns, numbers);
            for (int i = 0; i < count; i++) {
                long place = to + 4L * Memory.getInt(columns + 4L * i);
                Memory.setFloat(place, Memory.getFloat(place) + Memory.getFloat(numbers + 4L * i));
            }
        }
    }

    private int load(int row, long columns, long numbers) {
        int count = count(row);
        columns(row, columns);
        values.read(first(row), count, numbers);
        values.dequantise(row, numbers, columns, count);
        return count;
    }
}
