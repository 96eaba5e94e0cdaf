package lathe.engine.kernels;

import java.util.List;

import lathe.spi.LatheException;
import lathe.spi.operator.BlockSparse;
import lathe.spi.tensor.DataType;

/** A weight of which whole blocks are stored: each is a small dense product. */
final class BlockSparseKernel extends RowKernel {
    /** Rows or inputs that are moved together: a cache line of floats. */
    private static final int TOGETHER = 16;

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
            int column = Memory.getInt(columns + 4L * block);
            if (column < 0 || column >= inFeatures() / blockColumns) {
                throw new LatheException("A block-sparse weight is damaged: block " + block + " lies in block column "
                        + column + " of " + inFeatures() / blockColumns + ".");
            }
        }
    }

    private int start(int blockRow) {
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
                    int column = Memory.getInt(columns + 4L * block) * blockColumns;
                    long weights = values.at(first);
                    if (values.type() != DataType.F32) {
                        values.read(first, blockColumns, buffer);
                        weights = buffer;
                    }
                    sum += math().dot(weights, input, at + column, blockColumns);
                }
                Memory.setFloat(output + 4L * (row - from), sum);
            }
        }
    }

    /**
     * Many inputs: each stored number meets a row of the transposed input, and the sums of a row of outputs stay in
     * registers while its blocks go by.
     */
    @Override
    void applyMany(Batch input, Batch output) {
        int padded = (input.rows() + SpmmLoop.WIDTH - 1) / SpmmLoop.WIDTH * SpmmLoop.WIDTH;
        float[] transposed = new float[Math.multiplyExact(padded, inFeatures())];
        // Sixteen inputs at a time, so that a cache line is written in one go.
        tools().parallel().forEach(input.rows(), TOGETHER, (from, to) -> {
            for (int j = 0; j < inFeatures(); j++) {
                for (int i = from; i < to; i++) {
                    transposed[j * padded + i] = Memory.getFloat(input.row(i) + 4L * j);
                }
            }
        });
        tools().parallel().forEach(outFeatures() / blockRows, Math.max(1, TOGETHER / blockRows), (from, to) -> {
            float[] sums = new float[(to - from) * blockRows * padded];
            for (int blockRow = from; blockRow < to; blockRow++) {
                multiplyBlockRow(blockRow, transposed, padded, sums, (blockRow - from) * blockRows * padded);
            }
            int rows = (to - from) * blockRows;
            for (int n = 0; n < output.rows(); n++) {
                long target = output.row(n) + 4L * from * blockRows;
                for (int i = 0; i < rows; i++) {
                    Memory.setFloat(target + 4L * i, sums[i * padded + n]);
                }
            }
        });
    }

    private void multiplyBlockRow(int blockRow, float[] transposed, int padded, float[] sums, int to) {
        int blocks = start(blockRow + 1) - start(blockRow);
        float[] weights = new float[blocks * blockColumns];
        int[] rows = new int[blocks * blockColumns];
        for (int b = 0; b < blocks; b++) {
            int column = Memory.getInt(columns + 4L * (start(blockRow) + b)) * blockColumns;
            for (int j = 0; j < blockColumns; j++) {
                rows[b * blockColumns + j] = (column + j) * padded;
            }
        }
        for (int i = 0; i < blockRows; i++) {
            for (int b = 0; b < blocks; b++) {
                long first = ((long) (start(blockRow) + b) * blockRows + i) * blockColumns;
                for (int j = 0; j < blockColumns; j++) {
                    weights[b * blockColumns + j] = values.get(first + j);
                }
            }
            for (int at = 0; at < padded; at += SpmmLoop.WIDTH) {
                SpmmLoop.sum(weights, rows, weights.length, transposed, at, sums, to + i * padded + at);
            }
        }
    }

    @Override
    void decodeRow(int row, long to) {
        Memory.clear(to, 4L * inFeatures());
        int blockRow = row / blockRows;
        for (int block = start(blockRow); block < start(blockRow + 1); block++) {
            long first = ((long) block * blockRows + row % blockRows) * blockColumns;
            long column = (long) Memory.getInt(columns + 4L * block) * blockColumns;
            values.read(first, blockColumns, to + 4 * column);
        }
    }
}
