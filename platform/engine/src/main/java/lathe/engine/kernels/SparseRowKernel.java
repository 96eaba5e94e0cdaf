package lathe.engine.kernels;

import java.util.List;

import lathe.spi.tensor.Tensor;

/** A weight of which each row stores some columns and their values: bitmask, N:M and CSR, each with its own index. */
abstract class SparseRowKernel extends RowKernel {
    private final SparseValues values;

    SparseRowKernel(int outFeatures, int inFeatures, List<Tensor> parts, SparseValues values, KernelTools tools) {
        super(outFeatures, inFeatures, parts, tools);
        this.values = values;
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

    @Override
    void multiply(int from, int to, long input, long output) {
        try (Scratch.Frame frame = Scratch.frame()) {
            long columns = frame.floats(inFeatures());
            long numbers = frame.floats(inFeatures());
            for (int row = from; row < to; row++) {
                int count = load(row, columns, numbers);
                double sum = 0;
                for (int i = 0; i < count; i++) {
                    float x = Memory.getFloat(input + 4L * Memory.getInt(columns + 4L * i));
                    sum += Memory.getFloat(numbers + 4L * i) * x;
                }
                Memory.setFloat(output + 4L * (row - from), (float) sum);
            }
        }
    }

    @Override
    final void decodeRow(int row, long to) {
        try (Scratch.Frame frame = Scratch.frame()) {
            long columns = frame.floats(inFeatures());
            long numbers = frame.floats(inFeatures());
            int count = load(row, columns, numbers);
            Memory.clear(to, 4L * inFeatures());
            for (int i = 0; i < count; i++) {
                Memory.setFloat(to + 4L * Memory.getInt(columns + 4L * i), Memory.getFloat(numbers + 4L * i));
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
