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
     * registers while its blocks go by. Inputs are taken {@link SpmmLoop#WIDTH} at a time, since the transposed input of
     * so many stays in the second-level cache.
     */
    @Override
    void applyMany(Batch input, Batch output) {
        int panels = (input.rows() + SpmmLoop.WIDTH - 1) / SpmmLoop.WIDTH;
        int panelSize = Math.multiplyExact(inFeatures(), SpmmLoop.WIDTH);
        float[] transposed = new float[Math.multiplyExact(panels, panelSize)];
        tools().parallel().forEach(panels, 1, (from, to) -> {
            for (int panel = from; panel < to; panel++) {
                transpose(input, panel * SpmmLoop.WIDTH, transposed, panel * panelSize);
            }
        });
        int blockRowCount = outFeatures() / blockRows;
        float[] weights = new float[Math.multiplyExact(start(blockRowCount), blockRows * blockColumns)];
        int[] places = new int[start(blockRowCount) * blockColumns];
        tools().parallel().forEach(blockRowCount, 64, (from, to) -> {
            for (int blockRow = from; blockRow < to; blockRow++) {
                lay(blockRow, weights, places);
            }
        });
        int together = Math.max(1, TOGETHER / blockRows);
        int groups = (blockRowCount + together - 1) / together;
        tools().parallel().forEach(panels * groups, 4, (from, to) -> {
            float[] sums = new float[together * blockRows * SpmmLoop.WIDTH];
            for (int i = from; i < to; i++) {
                int panel = i / groups;
                int first = i % groups * together;
                int last = Math.min(blockRowCount, first + together);
                for (int blockRow = first; blockRow < last; blockRow++) {
                    multiply(blockRow, weights, places, transposed, panel * panelSize, sums, blockRow - first);
                }
                write(sums, first * blockRows, last * blockRows, panel * SpmmLoop.WIDTH, output);
            }
        });
    }

    private void transpose(Batch input, int first, float[] to, int at) {
        int last = Math.min(input.rows(), first + SpmmLoop.WIDTH);
        for (int some = first; some < last; some += TOGETHER) {
            int end = Math.min(last, some + TOGETHER);
            for (int j = 0; j < inFeatures(); j++) {
                for (int i = some; i < end; i++) {
                    to[at + j * SpmmLoop.WIDTH + i - first] = Memory.getFloat(input.row(i) + 4L * j);
                }
            }
        }
    }

    /** The numbers of each row one after the other, and where the transposed input's row of each begins. */
    private void lay(int blockRow, float[] weights, int[] places) {
        int at = start(blockRow) * blockRows * blockColumns;
        for (int i = 0; i < blockRows; i++) {
            for (int block = start(blockRow); block < start(blockRow + 1); block++) {
                long first = ((long) block * blockRows + i) * blockColumns;
                for (int j = 0; j < blockColumns; j++) {
                    weights[at++] = values.get(first + j);
                }
            }
        }
        for (int block = start(blockRow); block < start(blockRow + 1); block++) {
            int column = Memory.getInt(columns + 4L * block) * blockColumns;
            for (int j = 0; j < blockColumns; j++) {
                places[block * blockColumns + j] = (column + j) * SpmmLoop.WIDTH;
            }
        }
    }

    private void multiply(int blockRow, float[] weights, int[] places, float[] input, int at, float[] sums, int row) {
        int count = (start(blockRow + 1) - start(blockRow)) * blockColumns;
        int weight = start(blockRow) * blockRows * blockColumns;
        int place = start(blockRow) * blockColumns;
        for (int i = 0; i < blockRows; i++) {
            SpmmLoop.sum(weights, weight + i * count, places, place, count, input, at, sums,
                    (row * blockRows + i) * SpmmLoop.WIDTH);
        }
    }

    private static void write(float[] sums, int firstRow, int lastRow, int firstInput, Batch output) {
        int inputs = Math.min(SpmmLoop.WIDTH, output.rows() - firstInput);
        for (int n = 0; n < inputs; n++) {
            long target = output.row(firstInput + n) + 4L * firstRow;
            for (int i = 0; i < lastRow - firstRow; i++) {
                Memory.setFloat(target + 4L * i, sums[i * SpmmLoop.WIDTH + n]);
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
