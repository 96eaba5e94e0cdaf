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

    /**
     * The columns of a row as bits, for forms that can say so quickly.
     *
     * @param row  which
     * @param bits receives one bit a column
     * @return false if the form names columns one by one
     */
    boolean bits(int row, long[] bits) {
        return false;
    }

    @Override
    void multiply(int from, int to, float[] input, int at, long output) {
        try (Scratch.Frame frame = Scratch.frame()) {
            long columns = frame.floats(inFeatures());
            long numbers = frame.floats(inFeatures());
            long[] bits = HeapScratch.bits((inFeatures() + 63) / 64);
            for (int row = from; row < to; row++) {
                float sum = math().hasLanes() && bits(row, bits)
                        ? compressed(row, bits, input, at, numbers)
                        : gathered(row, input, at, columns, numbers);
                Memory.setFloat(output + 4L * (row - from), sum);
            }
        }
    }

    private float compressed(int row, long[] bits, float[] input, int at, long numbers) {
        float[] kept = HeapScratch.kept(inFeatures() + Lanes.N);
        if (!values.quantized()) {
            int count = CompressedInput.compress(bits, inFeatures(), input, at, kept);
            return values.dot(first(row), kept, count, numbers);
        }
        GroupScales groups = values.scales();
        float[] factors = HeapScratch.scales(groups.groups());
        float[] scaled = HeapScratch.scaled(inFeatures());
        groups.scales(row, factors);
        CompressedInput.scale(input, at, inFeatures(), values.group(), factors, scaled);
        int count = CompressedInput.compress(bits, inFeatures(), scaled, 0, kept);
        values.read(first(row), count, numbers);
        if (groups.constantZero()) {
            return CompressedInput.dot(numbers, groups.zero(), kept, count);
        }
        float sum = CompressedInput.dot(numbers, 0, kept, count);
        groups.zeros(row, factors);
        CompressedInput.scale(scaled, 0, inFeatures(), values.group(), factors, scaled);
        CompressedInput.compress(bits, inFeatures(), scaled, 0, kept);
        return sum - CompressedInput.sum(kept, count);
    }

    private float gathered(int row, float[] input, int at, long columns, long numbers) {
        int count = load(row, columns, numbers);
        double sum = 0;
        for (int i = 0; i < count; i++) {
            float x = input[at + Memory.getInt(columns + 4L * i)];
            sum += Memory.getFloat(numbers + 4L * i) * x;
        }
        return (float) sum;
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
