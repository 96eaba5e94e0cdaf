package lathe.engine.kernels;

import java.util.List;

import lathe.spi.LatheException;
import lathe.spi.operator.Csr;
import lathe.spi.operator.Values;
import lathe.spi.tensor.DataType;

/** A weight that names the column of each value. */
final class CsrKernel extends SparseRowKernel {
    /** Inputs are read in their order. */
    private enum Order {
        GIVEN
    }

    private final long rowStarts;
    private final long columns;
    private final boolean shorts;

    CsrKernel(Csr operator, KernelTools tools) {
        super(
                operator.outFeatures(),
                operator.inFeatures(),
                List.copyOf(operator.parts().values()),
                new SparseValues(new Values.Plain(operator.values()), tools.math()),
                tools);
        this.rowStarts = Memory.address(operator.rowStarts());
        this.columns = Memory.address(operator.columns());
        this.shorts = operator.columns().type() == DataType.U16;
        check(operator.columns().elements());
    }

    /** Kernels index inputs by stored columns, so a wrong one must be found here. */
    private void check(long stored) {
        if (first(0) != 0 || first(outFeatures()) != stored) {
            throw new LatheException("A CSR weight is damaged: its rows do not cover its " + stored + " values.");
        }
        for (int row = 0; row < outFeatures(); row++) {
            if (count(row) < 0 || count(row) > inFeatures()) {
                throw new LatheException("A CSR weight is damaged: row " + row + " has " + count(row) + " values.");
            }
            for (long i = first(row); i < first(row + 1); i++) {
                if (column(i) < 0 || column(i) >= inFeatures()) {
                    throw new LatheException("A CSR weight is damaged: row " + row + " names column " + column(i)
                            + " of " + inFeatures() + ".");
                }
            }
        }
    }

    @Override
    Object arrangement() {
        return Order.GIVEN;
    }

    private int column(long index) {
        return shorts ? Memory.getShort(columns + 2 * index) & 0xffff : Memory.getInt(columns + 4 * index);
    }

    /**
     * The numbers of all rows are widened at once, and columns read where they lie: rows have too few for loops of their own.
     */
    @Override
    void multiply(int from, int to, float[] input, int at, long output) {
        if (!shorts) {
            super.multiply(from, to, input, at, output);
            return;
        }
        long first = first(from);
        int count = (int) (first(to) - first);
        try (Scratch.Frame frame = Scratch.frame()) {
            long numbers = frame.floats(count);
            values().read(first, count, numbers);
            for (int row = from; row < to; row++) {
                long entry = first(row);
                float sum = sum(columns + 2 * entry, numbers + 4 * (entry - first), count(row), input, at);
                Memory.setFloat(output + 4L * (row - from), sum);
            }
        }
    }

    /** Four sums side by side: one alone would wait for itself. */
    private static float sum(long columns, long numbers, int count, float[] input, int at) {
        long places = Memory.known(columns);
        long factors = Memory.known(numbers);
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        int i = 0;
        for (; i <= count - 4; i += 4) {
            long place = places + 2L * (i & Integer.MAX_VALUE);
            long factor = factors + 4L * (i & Integer.MAX_VALUE);
            a = Math.fma(Memory.getFloat(factor), input[at + (Memory.getShort(place) & 0xffff)], a);
            b = Math.fma(Memory.getFloat(factor + 4), input[at + (Memory.getShort(place + 2) & 0xffff)], b);
            c = Math.fma(Memory.getFloat(factor + 8), input[at + (Memory.getShort(place + 4) & 0xffff)], c);
            d = Math.fma(Memory.getFloat(factor + 12), input[at + (Memory.getShort(place + 6) & 0xffff)], d);
        }
        for (; i < count; i++) {
            float number = Memory.getFloat(factors + 4L * i);
            a = Math.fma(number, input[at + (Memory.getShort(places + 2L * i) & 0xffff)], a);
        }
        return a + b + (c + d);
    }

    @Override
    long first(int row) {
        return Memory.getInt(rowStarts + 4L * row);
    }

    @Override
    int count(int row) {
        return (int) (first(row + 1) - first(row));
    }

    @Override
    void columns(int row, long to) {
        long first = first(row);
        int count = count(row);
        for (int i = 0; i < count; i++) {
            Memory.setInt(to + 4L * i, column(first + i));
        }
    }
}
