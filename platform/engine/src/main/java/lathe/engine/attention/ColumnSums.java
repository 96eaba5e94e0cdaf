package lathe.engine.attention;

import lathe.engine.kernels.Exponential;
import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.Memory;

/**
 * Sums of probabilities over the queries of one head, in a second walk over the tiles when the log-sum-exp of every row
 * is known. Takes memory for one number a key.
 */
final class ColumnSums implements TileVisitor {
    private final double[] sums;
    private final double[] logSumExp;
    private QueryRows rows;

    /**
     * Zeros.
     *
     * @param columns   keys
     * @param logSumExp of each query of the head
     */
    ColumnSums(int columns, double[] logSumExp) {
        this.sums = new double[columns];
        this.logSumExp = logSumExp;
    }

    /** Adds some rows of one head. */
    void add(QueryRows newRows, Pieces pieces) {
        rows = newRows;
        rows.walk(pieces, this);
    }

    @Override
    public void visit(TileSlots slots, long scores, int[] from, int[] to) {
        for (int row = 0; row < rows.rows(); row++) {
            double total = logSumExp[rows.query(row)];
            int last = to[row];
            if (last <= from[row] || total == Double.NEGATIVE_INFINITY) {
                continue;
            }
            long at = scores + 4L * slots.stride() * row;
            float high = (float) total;
            float low = (float) (total - high);
            for (int i = from[row] & -Lanes.N; i < last; i += Lanes.N) {
                Lanes.store(Exponential.of(Lanes.floats(at + 4L * i).sub(high).sub(low)), at + 4L * i);
            }
            for (int column = from[row]; column < last; column++) {
                sums[slots.slot(column)] += Memory.getFloat(at + 4L * column);
            }
        }
    }

    /** Writes the sums. */
    void write(long to) {
        for (int i = 0; i < sums.length; i++) {
            Memory.setFloat(to + 4L * i, (float) sums[i]);
        }
    }
}
