package lathe.engine.attention;

import java.util.Arrays;

import lathe.engine.kernels.Memory;
import lathe.engine.kernels.Scratch;
import lathe.spi.backend.AttentionState;
import lathe.spi.tensor.Tensor;

/**
 * The softmax of rows whose scores come tile by tile, and its product with the values: a running maximum m, the sum l of
 * e^(s - m) and the sum of e^(s - m) v, rescaled whenever the maximum grows (arXiv 1805.02867, 2205.14135).
 */
final class OnlineSoftmax implements RowSoftmax {
    private static final int STRIDE = QueryRows.STRIDE;
    private static final int MANY = 6;

    private final AttentionSetting setting;
    private final AttentionLoops loops;
    private final QueryRows rows;
    private final int valueDim;
    private final float[] maxima;
    private final double[] sums;
    private final long accumulated;
    private final long buffer;
    private final Tile tile = new Tile();
    private final RecordedRows recorded;

    /**
     * Rows that have read nothing.
     *
     * @param recorded where raw scores are wanted, or null
     */
    OnlineSoftmax(AttentionSetting setting, QueryRows rows, RecordedRows recorded, Scratch.Frame frame) {
        this.setting = setting;
        this.loops = AttentionLoops.of(setting.math());
        this.rows = rows;
        this.recorded = recorded;
        this.valueDim = setting.call().layer().valueDim();
        this.maxima = new float[rows.rows()];
        this.sums = new double[rows.rows()];
        this.accumulated = frame.floats((long) rows.rows() * valueDim);
        this.buffer = frame.floats((long) STRIDE * valueDim);
        Arrays.fill(maxima, Float.NEGATIVE_INFINITY);
        Memory.clear(accumulated, 4L * rows.rows() * valueDim);
    }

    /** Begins where an earlier call left off. */
    void resume(AttentionState state) {
        for (int row = 0; row < rows.rows(); row++) {
            maxima[row] = (float) state.maximum().get(rows.head(row), rows.query(row));
            sums[row] = state.sum().get(rows.head(row), rows.query(row));
            Memory.copy(weighted(state, row), accumulated + 4L * valueDim * row, 4L * valueDim);
        }
    }

    /** Leaves where these rows are for a later call. */
    void save(AttentionState state) {
        for (int row = 0; row < rows.rows(); row++) {
            state.maximum().set(maxima[row], rows.head(row), rows.query(row));
            state.sum().set((float) sums[row], rows.head(row), rows.query(row));
            Memory.copy(accumulated + 4L * valueDim * row, weighted(state, row), 4L * valueDim);
        }
    }

    /** Where these rows are, to be put together with those of other keys. */
    SplitSoftmax.Part part() {
        float[] weighted = new float[rows.rows() * valueDim];
        Memory.copy(accumulated, weighted, weighted.length);
        return new SplitSoftmax.Part(maxima, sums, weighted);
    }

    private long weighted(AttentionState state, int row) {
        Tensor all = state.weighted();
        return Memory.address(all) + 4 * (all.stride(0) * rows.head(row) + all.stride(1) * rows.query(row));
    }

    @Override
    public void visit(TileSlots slots, long scores, int[] from, int[] to) {
        if (recorded != null) {
            recorded.record(rows, slots, scores, from, to);
        }
        for (int row = 0; row < rows.rows(); row++) {
            int query = row % rows.queries();
            weigh(row, scores + 4L * slots.stride() * row, from[query], to[query], slots.count());
        }
        if (rows.rows() < MANY && slots.addWeighted(scores, rows.rows(), accumulated)) {
            return;
        }
        slots.values(buffer, tile);
        if (rows.rows() >= MANY) {
            setting.product().times(
                    true,
                    rows.rows(),
                    valueDim,
                    slots.count(),
                    scores,
                    STRIDE,
                    tile.address(),
                    tile.stride(),
                    accumulated,
                    valueDim);
            return;
        }
        if (rows.queries() == 1) {
            loops.addWeighted(scores, rows.rows(), tile, from[0], to[0], accumulated, valueDim);
            return;
        }
        for (int row = 0; row < rows.rows(); row++) {
            int query = row % rows.queries();
            if (from[query] < to[query]) {
                loops.addWeighted(scores + 4L * STRIDE * row, 1, tile, from[query], to[query],
                        accumulated + 4L * valueDim * row, valueDim);
            }
        }
    }

    /** Turns the scores of a row into weights relative to the new maximum, zeros where nothing is read. */
    private void weigh(int row, long scores, int from, int to, int count) {
        float maximum = to <= from ? maxima[row] : Math.max(maxima[row], loops.largest(scores, from, to));
        if (to <= from || maximum == Float.NEGATIVE_INFINITY) {
            Memory.clear(scores, 4L * count);
            return;
        }
        float sum = loops.weigh(scores, from, to, count, maximum);
        if (maximum > maxima[row] && sums[row] > 0) {
            double factor = Math.exp((double) maxima[row] - maximum);
            sums[row] *= factor;
            setting.math().scale(accumulated + 4L * valueDim * row, (float) factor, valueDim);
        }
        maxima[row] = maximum;
        sums[row] += sum;
    }

    @Override
    public double logSumExp(int row) {
        return sums[row] == 0 ? Double.NEGATIVE_INFINITY : maxima[row] + Math.log(sums[row]);
    }

    @Override
    public void finish(int row, long to) {
        Memory.copy(accumulated + 4L * valueDim * row, to, 4L * valueDim);
        setting.math().scale(to, sums[row] == 0 ? 0 : (float) (1 / sums[row]), valueDim);
    }
}
