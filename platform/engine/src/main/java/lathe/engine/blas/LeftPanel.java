package lathe.engine.blas;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;

import lathe.engine.kernels.Memory;

/**
 * The left matrix of a product in the order in which {@link MicroKernel} reads it: of every block of columns all rows, each
 * at {@link MicroKernel#PITCH} behind the one before and filled up with zeros to whole steps. Once filled it may be read by several threads.
 */
public final class LeftPanel {
    private static final int DEPTH = MicroKernel.DEPTH;
    /** Blocks of columns hold a multiple of so many. */
    private static final int UNIT = 8;
    /** One that is not in use is kept for the next product. */
    private static final AtomicReference<LeftPanel> SPARE = new AtomicReference<>();

    private float[] values = {};
    private int rows;
    private int columns;
    private int depth;

    LeftPanel() {}

    /**
     * Takes a panel that nobody else uses.
     *
     * @param rows    rows of the matrix
     * @param columns its columns
     * @return one to be filled
     */
    public static LeftPanel take(int rows, int columns) {
        LeftPanel spare = SPARE.getAndSet(null);
        LeftPanel panel = spare == null ? new LeftPanel() : spare;
        panel.reserve(rows, columns);
        return panel;
    }

    /** Gives a panel back that is no longer read. */
    public void giveBack() {
        SPARE.set(this);
    }

    void reserve(int newRows, int newColumns) {
        int groups = Math.ceilDiv(newRows, MicroKernel.ROWS);
        rows = groups * MicroKernel.ROWS;
        columns = newColumns;
        int blocks = Math.max(1, Math.ceilDiv(columns, DEPTH));
        depth = Math.ceilDiv(Math.ceilDiv(columns, blocks), UNIT) * UNIT;
        int size = Math.addExact(Math.multiplyExact(blocks * MicroKernel.PITCH, rows), MicroKernel.ROOM);
        if (values.length < size) {
            values = new float[size];
        }
    }

    /**
     * Fills rows from a matrix that is stored by rows.
     *
     * @param from   address of the matrix' first element
     * @param stride bytes from row to row
     * @param first  first row to fill
     * @param last   row after the last one
     */
    public void fill(long from, long stride, int first, int last) {
        for (int start = 0; start < columns; start += depth) {
            int count = Math.min(depth, columns - start);
            int padded = RightPanel.padded(count);
            for (int row = first; row < last; row++) {
                int at = at(row, start);
                Memory.copy(from + stride * row + 4L * start, values, at, count);
                Arrays.fill(values, at + count, at + padded, 0f);
            }
        }
    }

    /**
     * Fills rows from a matrix that is stored by columns.
     *
     * @param from   address of the matrix' first element
     * @param stride bytes from column to column
     * @param first  first row to fill
     * @param last   row after the last one
     */
    void fillTransposed(long from, long stride, int first, int last) {
        for (int start = 0; start < columns; start += depth) {
            int count = Math.min(depth, columns - start);
            int padded = RightPanel.padded(count);
            for (int p = 0; p < padded; p++) {
                long column = from + stride * (start + p);
                for (int row = first; row < last; row++) {
                    values[at(row, start) + p] = p < count ? Memory.getFloat(column + 4L * row) : 0;
                }
            }
        }
    }

    float[] values() {
        return values;
    }

    int columns() {
        return columns;
    }

    /** Columns of a block, but for the last one, at most {@link MicroKernel#DEPTH}: blocks are alike. */
    int depth() {
        return depth;
    }

    /** Index of a row's part in the block that begins at a column. */
    int at(int row, int start) {
        return (start / depth * rows + row) * MicroKernel.PITCH;
    }
}
