package lathe.engine.kernels;

import java.util.List;

import lathe.spi.LatheException;
import lathe.spi.operator.BlockSparse;
import lathe.spi.tensor.DataType;

/** A weight of which whole blocks are stored: each is a small dense product. */
final class BlockSparseKernel extends RowKernel implements BlockSparseProduct.Blocks {
    private final long rowStarts;
    private final long columns;
    private final FloatReader values;
    private final int blockRows;
    private final int blockColumns;

    BlockSparseKernel(BlockSparse operator, KernelTools tools) {
        super(operator.outFeatures(), operator.inFeatures(), List.copyOf(operator.parts().values()), tools);
        this.rowStarts = Memory.address(operator.rowStarts());
        this.columns = Memory.address(operator.columns());
        this.values = new FloatReader(operator.values(), tools.math());
        this.blockRows = operator.blockRows();
        this.blockColumns = operator.blockColumns();
        check(operator.columns().size(0));
    }

    /** Kernels index inputs by stored block columns, so a wrong one must be found here. */
    private void check(int blocks) {
        int blockRowCount = outFeatures() / blockRows;
        boolean covers = start(0) == 0 && start(blockRowCount) == blocks;
        for (int row = 0; row < blockRowCount; row++) {
            covers &= start(row) <= start(row + 1);
        }
        if (!covers) {
            throw new LatheException("A block-sparse weight is damaged: its rows do not cover its " + blocks
                    + " blocks.");
        }
        for (int block = 0; block < blocks; block++) {
            int column = column(block);
            if (column < 0 || column >= inFeatures() / blockColumns) {
                throw new LatheException("A block-sparse weight is damaged: block " + block + " lies in block column "
                        + column + " of " + inFeatures() / blockColumns + ".");
            }
        }
    }

    @Override
    public int start(int blockRow) {
        return Memory.getInt(rowStarts + 4L * blockRow);
    }

    @Override
    void multiply(int from, int to, float[] input, int at, long output) {
        try (Scratch.Frame frame = Scratch.frame()) {
            long buffer = frame.floats(blockColumns);
            for (int row = from; row < to; row++) {
                int blockRow = row / blockRows;
                float sum = 0;
                for (int block = start(blockRow); block < start(blockRow + 1); block++) {
                    long first = ((long) block * blockRows + row % blockRows) * blockColumns;
                    int column = column(block) * blockColumns;
                    sum += math().dot(floats(first, blockColumns, buffer), input, at + column, blockColumns);
                }
                Memory.setFloat(output + 4L * (row - from), sum);
            }
        }
    }

    /** It multiplies stored blocks. */
    @Override
    boolean multipliesPieces(int inputs) {
        return false;
    }

    /** Where there are no lanes, rows are decoded. */
    @Override
    void applyMany(Batch input, Batch output) {
        if (!math().hasLanes()) {
            super.applyMany(input, output);
            return;
        }
        if (BlockLanesProduct.takes(blockRows)) {
            new BlockLanesProduct(outFeatures(), inFeatures(), blockRows, blockColumns, this)
                    .apply(input, output, tools().parallel());
            return;
        }
        new BlockSparseProduct(outFeatures(), inFeatures(), blockRows, blockColumns, this)
                .apply(input, output, tools().parallel());
    }

    @Override
    public int column(int block) {
        return Memory.getInt(columns + 4L * block);
    }

    @Override
    public void read(int block, float[] to, int at) {
        int size = blockRows * blockColumns;
        values.read((long) block * size, size, to, at);
    }

    @Override
    public long read(int block, long some) {
        int size = blockRows * blockColumns;
        return floats((long) block * size, size, some);
    }

    /** The address of some values as float32. */
    private long floats(long first, int count, long some) {
        if (values.type() == DataType.F32) {
            return values.at(first);
        }
        values.read(first, count, some);
        return some;
    }

    @Override
    void decodeRow(int row, long to) {
        Memory.clear(to, 4L * inFeatures());
        int blockRow = row / blockRows;
        for (int block = start(blockRow); block < start(blockRow + 1); block++) {
            long first = ((long) block * blockRows + row % blockRows) * blockColumns;
            long column = (long) column(block) * blockColumns;
            values.read(first, blockColumns, to + 4 * column);
        }
    }
}
