package lathe.engine.kernels;

import java.util.List;

import lathe.spi.LatheException;
import lathe.spi.operator.Csr;
import lathe.spi.operator.Values;
import lathe.spi.tensor.DataType;

/** A weight that names the column of each value. */
final class CsrKernel extends SparseRowKernel {
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

    private int column(long index) {
        return shorts ? Memory.getShort(columns + 2 * index) & 0xffff : Memory.getInt(columns + 4 * index);
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
