package lathe.engine.attention;

import java.util.Arrays;

import lathe.engine.kernels.Exponential;
import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.Memory;
import lathe.engine.kernels.Scratch;

/**
 * {@link OnlineSoftmax} for many rows where vectors have sixteen lanes, with products of its own: rows of queries lie in the
 * lanes of vectors, as many as two of them have, a panel. Keys and values are multiplied from where they lie, a number with
 * all rows of a panel, so that neither is brought into another order; a maximum and a sum of every row are those of a lane;
 * and scores of a panel by the keys of a tile stay in the first-level cache until their values are added.
 */
final class PanelSoftmax implements RowSoftmax {
    private static final int ROWS = PanelLoops.ROWS;
    private static final int PITCH = PanelLoops.PITCH;
    private static final int TOGETHER = PanelLoops.TOGETHER;
    private static final int STEP = PanelLoops.STEP;
    private static final int WIDEST = PITCH - Lanes.N;
    private static final int STRIDE = QueryRows.STRIDE;
    /** The compiler joins the bounds checks of a turn with those of the next one, see MicroKernel. */
    private static final int BEYOND = 8 * ROWS + 8 * PITCH;
    /** Queries of a call from which on this is done: the loops are compiled for it first. */
    private static final int ENOUGH = 512;
    private static final ThreadLocal<Room> ROOM = ThreadLocal.withInitial(Room::new);

    private final QueryRows rows;
    private final int headDim;
    private final int valueDim;
    private final long buffer;
    private final Tile tile = new Tile();
    private final Room room;
    private final double[] sums;

    /** A thread's panels and the tile that it works on. */
    private static final class Room {
        final float[] keys = new float[STRIDE * PITCH + BEYOND];
        final float[] values = new float[STRIDE * PITCH + BEYOND];
        final float[] weights = new float[STRIDE * ROWS + BEYOND];
        final float[] first = new float[ROWS];
        final float[] end = new float[ROWS];
        final float[] before = new float[ROWS];
        final float[] shifts = new float[ROWS];
        final float[] sums = new float[ROWS];
        float[] queries = {};
        float[] weighted = {};
        float[] maxima = {};

        void reserve(int panels, int headDim, int valueDim) {
            queries = large(queries, panels * headDim * ROWS + BEYOND);
            weighted = large(weighted, panels * valueDim * ROWS + BEYOND);
            maxima = large(maxima, panels * ROWS);
            Arrays.fill(weighted, 0, panels * valueDim * ROWS, 0);
            Arrays.fill(maxima, 0, panels * ROWS, Float.NEGATIVE_INFINITY);
        }

        private static float[] large(float[] numbers, int count) {
            return numbers.length < count ? new float[count] : numbers;
        }
    }

    /** Rows that have read nothing. */
    PanelSoftmax(AttentionSetting setting, QueryRows rows, Scratch.Frame frame) {
        PanelStart.Done.await();
        this.rows = rows;
        this.headDim = setting.call().layer().headDim();
        this.valueDim = setting.call().layer().valueDim();
        this.buffer = frame.floats((long) STRIDE * Math.max(headDim, valueDim));
        this.room = ROOM.get();
        this.sums = new double[panels() * ROWS];
        room.reserve(panels(), headDim, valueDim);
        for (int panel = 0; panel < panels(); panel++) {
            pack(panel);
        }
    }

    /** Whether a call, of which nothing but its output is wanted, is computed so: what it asks for alone decides. */
    static boolean fits(AttentionSetting setting, QueryRows rows) {
        int headDim = setting.call().layer().headDim();
        int valueDim = setting.call().layer().valueDim();
        return Lanes.N == 16 && setting.math().hasLanes() && setting.queries() >= ENOUGH && rows.rows() >= Lanes.N
                && setting.call().softcap() == 0
                && headDim % STEP == 0 && headDim <= WIDEST && valueDim % TOGETHER == 0 && valueDim <= WIDEST;
    }

    private int panels() {
        return Math.ceilDiv(rows.rows(), ROWS);
    }

    private void pack(int panel) {
        int to = panel * headDim * ROWS;
        for (int lane = 0; lane < ROWS; lane++) {
            int row = panel * ROWS + lane;
            for (int i = 0; i < headDim; i++) {
                room.queries[to + ROWS * i + lane] = row < rows.rows() ? Memory.getFloat(rows.row(row) + 4L * i) : 0;
            }
        }
    }

    @Override
    public boolean readsScores() {
        return false;
    }

    @Override
    public void visit(TileSlots slots, long scores, int[] from, int[] to) {
        int count = slots.count();
        slots.keys(buffer, tile);
        copy(count, headDim, room.keys);
        slots.values(buffer, tile);
        copy(count, valueDim, room.values);
        int padded = Math.ceilDiv(count, TOGETHER) * TOGETHER;
        Arrays.fill(room.values, count * PITCH, padded * PITCH, 0);
        boolean whole = padded == count && isWhole(count, from, to);
        for (int panel = 0; panel < panels(); panel++) {
            if (whole) {
                score(panel, 0, count);
                add(panel, 0, count);
            } else {
                visit(panel, from, to);
            }
        }
    }

    private void copy(int count, int width, float[] to) {
        int whole = width & -Lanes.N;
        PanelLoops.copy(tile, count, whole, to);
        for (int row = 0; whole < width && row < count; row++) {
            Memory.copy(tile.row(row) + 4L * whole, to, row * PITCH + whole, width - whole);
        }
    }

    /** Whether every query reads all keys of a tile. */
    private boolean isWhole(int count, int[] from, int[] to) {
        boolean whole = true;
        for (int i = 0; i < rows.queries(); i++) {
            whole &= from[i] == 0 && to[i] == count;
        }
        return whole;
    }

    /** Of a tile what some row of a panel reads. */
    private void visit(int panel, int[] from, int[] to) {
        int low = Integer.MAX_VALUE;
        int high = 0;
        int last = Math.min(rows.rows(), (panel + 1) * ROWS);
        for (int row = panel * ROWS; row < last; row++) {
            int query = row % rows.queries();
            boolean reads = from[query] < to[query];
            room.first[row - panel * ROWS] = from[query];
            room.end[row - panel * ROWS] = reads ? to[query] : 0;
            low = reads ? Math.min(low, from[query]) : low;
            high = reads ? Math.max(high, to[query]) : high;
        }
        if (low < high) {
            int begin = low / TOGETHER * TOGETHER;
            int end = Math.ceilDiv(high, TOGETHER) * TOGETHER;
            score(panel, begin, end);
            PanelLoops.hide(room.weights, begin, end, room.first, room.end);
            add(panel, begin, end);
        }
    }

    /** Scores of a panel by keys [from, to) of a tile. */
    private void score(int panel, int from, int to) {
        for (int key = from; key < to; key += TOGETHER) {
            PanelLoops.scores(headDim, STEP, room.keys, key * PITCH, room.queries, panel * headDim * ROWS,
                    room.weights, key * ROWS);
        }
    }

    /** Adds the values of keys [from, to), weighted by their scores. */
    private void add(int panel, int from, int to) {
        weigh(panel, from, to);
        for (int column = 0; column < valueDim; column += TOGETHER) {
            PanelLoops.addValues(to - from, STEP, room.values, from * PITCH + column, room.weights, from * ROWS,
                    room.weighted, (panel * valueDim + column) * ROWS);
        }
    }

    /** Turns scores into weights relative to the new maxima, to which earlier sums are scaled. */
    private void weigh(int panel, int begin, int end) {
        int first = panel * ROWS;
        System.arraycopy(room.maxima, first, room.before, 0, ROWS);
        PanelLoops.largest(room.weights, begin, end, room.maxima, first);
        boolean grows = false;
        for (int lane = 0; lane < ROWS; lane++) {
            float maximum = room.maxima[first + lane];
            room.shifts[lane] = maximum == Float.NEGATIVE_INFINITY ? 0 : maximum;
            grows |= maximum > room.before[lane];
        }
        if (grows) {
            scale(panel);
        }
        Exponential.weigh(room.weights, begin * ROWS, end * ROWS, room.shifts, room.sums);
        for (int lane = 0; lane < ROWS; lane++) {
            sums[first + lane] += room.sums[lane];
        }
    }

    private void scale(int panel) {
        int first = panel * ROWS;
        boolean any = false;
        for (int lane = 0; lane < ROWS; lane++) {
            boolean grows = room.maxima[first + lane] > room.before[lane] && sums[first + lane] > 0;
            double factor = grows ? Math.exp((double) room.before[lane] - room.maxima[first + lane]) : 1;
            sums[first + lane] *= factor;
            room.sums[lane] = (float) factor;
            any |= grows;
        }
        if (any) {
            PanelLoops.scale(room.weighted, panel * valueDim * ROWS, valueDim, room.sums);
        }
    }

    @Override
    public double logSumExp(int row) {
        return sums[row] == 0 ? Double.NEGATIVE_INFINITY : room.maxima[row] + Math.log(sums[row]);
    }

    @Override
    public void finish(int row, long to) {
        float factor = sums[row] == 0 ? 0 : (float) (1 / sums[row]);
        int at = row / ROWS * valueDim * ROWS + row % ROWS;
        for (int i = 0; i < valueDim; i++) {
            Memory.setFloat(to + 4L * i, room.weighted[at + ROWS * i] * factor);
        }
    }
}
