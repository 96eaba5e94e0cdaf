package lathe.engine.attention;

import java.lang.invoke.VarHandle;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.Memory;

/**
 * The loops of {@link PanelSoftmax}: rows of queries lie in the lanes of two vectors, keys and values are numbers that meet
 * all of them. Eight keys, or eight columns of values, have sixteen sums in registers; a fence, which is no instruction here,
 * keeps the compiler from loading all numbers of two steps before it multiplies with any.
 */
final class PanelLoops {
    private static final int N = Lanes.N;
    /** Rows of a panel. */
    static final int ROWS = 2 * N;
    /** Keys, or columns of values, of a product. */
    static final int TOGETHER = 8;
    /** From key to key of a tile: wider than what is used, and no multiple of a page. */
    static final int PITCH = 144;
    /** Steps that are written out. */
    static final int STEP = 2;

    private PanelLoops() {}

    /**
     * Scores of a panel's rows by eight keys.
     *
     * @param width   numbers of a key, even
     * @param step    {@link #STEP}; as a parameter, so that the loop is not unrolled any further
     * @param keys    keys, each {@link #PITCH} behind the one before
     * @param key     where the first begins
     * @param queries [width, ROWS]
     * @param query   where they begin
     * @param scores  receives [8, ROWS]
     * @param to      from here on
     */
    static void scores(int width, int step, float[] keys, int key, float[] queries, int query, float[] scores, int to) {
        int k = key;
        int q = query;
        FloatVector c00 = FloatVector.zero(Lanes.F);
        FloatVector c01 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        FloatVector c40 = c00;
        FloatVector c41 = c00;
        FloatVector c50 = c00;
        FloatVector c51 = c00;
        FloatVector c60 = c00;
        FloatVector c61 = c00;
        FloatVector c70 = c00;
        FloatVector c71 = c00;
        for (int i = 0; i < width; i += step) {
            FloatVector first = FloatVector.fromArray(Lanes.F, queries, q);
            FloatVector second = FloatVector.fromArray(Lanes.F, queries, q + N);
            FloatVector x = FloatVector.broadcast(Lanes.F, keys[k]);
            c00 = x.fma(first, c00);
            c01 = x.fma(second, c01);
            x = FloatVector.broadcast(Lanes.F, keys[k + PITCH]);
            c10 = x.fma(first, c10);
            c11 = x.fma(second, c11);
            x = FloatVector.broadcast(Lanes.F, keys[k + 2 * PITCH]);
            c20 = x.fma(first, c20);
            c21 = x.fma(second, c21);
            x = FloatVector.broadcast(Lanes.F, keys[k + 3 * PITCH]);
            c30 = x.fma(first, c30);
            c31 = x.fma(second, c31);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(Lanes.F, keys[k + 4 * PITCH]);
            c40 = x.fma(first, c40);
            c41 = x.fma(second, c41);
            x = FloatVector.broadcast(Lanes.F, keys[k + 5 * PITCH]);
            c50 = x.fma(first, c50);
            c51 = x.fma(second, c51);
            x = FloatVector.broadcast(Lanes.F, keys[k + 6 * PITCH]);
            c60 = x.fma(first, c60);
            c61 = x.fma(second, c61);
            x = FloatVector.broadcast(Lanes.F, keys[k + 7 * PITCH]);
            c70 = x.fma(first, c70);
            c71 = x.fma(second, c71);
            VarHandle.loadLoadFence();
            first = FloatVector.fromArray(Lanes.F, queries, q + ROWS);
            second = FloatVector.fromArray(Lanes.F, queries, q + ROWS + N);
            x = FloatVector.broadcast(Lanes.F, keys[k + 1]);
            c00 = x.fma(first, c00);
            c01 = x.fma(second, c01);
            x = FloatVector.broadcast(Lanes.F, keys[k + PITCH + 1]);
            c10 = x.fma(first, c10);
            c11 = x.fma(second, c11);
            x = FloatVector.broadcast(Lanes.F, keys[k + 2 * PITCH + 1]);
            c20 = x.fma(first, c20);
            c21 = x.fma(second, c21);
            x = FloatVector.broadcast(Lanes.F, keys[k + 3 * PITCH + 1]);
            c30 = x.fma(first, c30);
            c31 = x.fma(second, c31);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(Lanes.F, keys[k + 4 * PITCH + 1]);
            c40 = x.fma(first, c40);
            c41 = x.fma(second, c41);
            x = FloatVector.broadcast(Lanes.F, keys[k + 5 * PITCH + 1]);
            c50 = x.fma(first, c50);
            c51 = x.fma(second, c51);
            x = FloatVector.broadcast(Lanes.F, keys[k + 6 * PITCH + 1]);
            c60 = x.fma(first, c60);
            c61 = x.fma(second, c61);
            x = FloatVector.broadcast(Lanes.F, keys[k + 7 * PITCH + 1]);
            c70 = x.fma(first, c70);
            c71 = x.fma(second, c71);
            VarHandle.loadLoadFence();
            k += STEP;
            q += STEP * ROWS;
        }
        c00.intoArray(scores, to);
        c01.intoArray(scores, to + N);
        c10.intoArray(scores, to + ROWS);
        c11.intoArray(scores, to + ROWS + N);
        c20.intoArray(scores, to + 2 * ROWS);
        c21.intoArray(scores, to + 2 * ROWS + N);
        c30.intoArray(scores, to + 3 * ROWS);
        c31.intoArray(scores, to + 3 * ROWS + N);
        c40.intoArray(scores, to + 4 * ROWS);
        c41.intoArray(scores, to + 4 * ROWS + N);
        c50.intoArray(scores, to + 5 * ROWS);
        c51.intoArray(scores, to + 5 * ROWS + N);
        c60.intoArray(scores, to + 6 * ROWS);
        c61.intoArray(scores, to + 6 * ROWS + N);
        c70.intoArray(scores, to + 7 * ROWS);
        c71.intoArray(scores, to + 7 * ROWS + N);
    }

    /**
     * Adds eight columns of values, weighted by a panel's rows.
     *
     * @param count   keys, even
     * @param step    {@link #STEP}
     * @param values  values, each {@link #PITCH} behind the one before
     * @param value   the first one's first column
     * @param weights [count, ROWS]
     * @param weight  where they begin
     * @param sums    [8, ROWS], added to
     * @param to      where they begin
     */
    static void addValues(int count, int step, float[] values, int value, float[] weights, int weight, float[] sums,
            int to) {
        int v = value;
        int w = weight;
        FloatVector c00 = FloatVector.fromArray(Lanes.F, sums, to);
        FloatVector c01 = FloatVector.fromArray(Lanes.F, sums, to + N);
        FloatVector c10 = FloatVector.fromArray(Lanes.F, sums, to + ROWS);
        FloatVector c11 = FloatVector.fromArray(Lanes.F, sums, to + ROWS + N);
        FloatVector c20 = FloatVector.fromArray(Lanes.F, sums, to + 2 * ROWS);
        FloatVector c21 = FloatVector.fromArray(Lanes.F, sums, to + 2 * ROWS + N);
        FloatVector c30 = FloatVector.fromArray(Lanes.F, sums, to + 3 * ROWS);
        FloatVector c31 = FloatVector.fromArray(Lanes.F, sums, to + 3 * ROWS + N);
        FloatVector c40 = FloatVector.fromArray(Lanes.F, sums, to + 4 * ROWS);
        FloatVector c41 = FloatVector.fromArray(Lanes.F, sums, to + 4 * ROWS + N);
        FloatVector c50 = FloatVector.fromArray(Lanes.F, sums, to + 5 * ROWS);
        FloatVector c51 = FloatVector.fromArray(Lanes.F, sums, to + 5 * ROWS + N);
        FloatVector c60 = FloatVector.fromArray(Lanes.F, sums, to + 6 * ROWS);
        FloatVector c61 = FloatVector.fromArray(Lanes.F, sums, to + 6 * ROWS + N);
        FloatVector c70 = FloatVector.fromArray(Lanes.F, sums, to + 7 * ROWS);
        FloatVector c71 = FloatVector.fromArray(Lanes.F, sums, to + 7 * ROWS + N);
        for (int i = 0; i < count; i += step) {
            FloatVector first = FloatVector.fromArray(Lanes.F, weights, w);
            FloatVector second = FloatVector.fromArray(Lanes.F, weights, w + N);
            FloatVector x = FloatVector.broadcast(Lanes.F, values[v]);
            c00 = x.fma(first, c00);
            c01 = x.fma(second, c01);
            x = FloatVector.broadcast(Lanes.F, values[v + 1]);
            c10 = x.fma(first, c10);
            c11 = x.fma(second, c11);
            x = FloatVector.broadcast(Lanes.F, values[v + 2]);
            c20 = x.fma(first, c20);
            c21 = x.fma(second, c21);
            x = FloatVector.broadcast(Lanes.F, values[v + 3]);
            c30 = x.fma(first, c30);
            c31 = x.fma(second, c31);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(Lanes.F, values[v + 4]);
            c40 = x.fma(first, c40);
            c41 = x.fma(second, c41);
            x = FloatVector.broadcast(Lanes.F, values[v + 5]);
            c50 = x.fma(first, c50);
            c51 = x.fma(second, c51);
            x = FloatVector.broadcast(Lanes.F, values[v + 6]);
            c60 = x.fma(first, c60);
            c61 = x.fma(second, c61);
            x = FloatVector.broadcast(Lanes.F, values[v + 7]);
            c70 = x.fma(first, c70);
            c71 = x.fma(second, c71);
            VarHandle.loadLoadFence();
            first = FloatVector.fromArray(Lanes.F, weights, w + ROWS);
            second = FloatVector.fromArray(Lanes.F, weights, w + ROWS + N);
            x = FloatVector.broadcast(Lanes.F, values[v + PITCH]);
            c00 = x.fma(first, c00);
            c01 = x.fma(second, c01);
            x = FloatVector.broadcast(Lanes.F, values[v + PITCH + 1]);
            c10 = x.fma(first, c10);
            c11 = x.fma(second, c11);
            x = FloatVector.broadcast(Lanes.F, values[v + PITCH + 2]);
            c20 = x.fma(first, c20);
            c21 = x.fma(second, c21);
            x = FloatVector.broadcast(Lanes.F, values[v + PITCH + 3]);
            c30 = x.fma(first, c30);
            c31 = x.fma(second, c31);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(Lanes.F, values[v + PITCH + 4]);
            c40 = x.fma(first, c40);
            c41 = x.fma(second, c41);
            x = FloatVector.broadcast(Lanes.F, values[v + PITCH + 5]);
            c50 = x.fma(first, c50);
            c51 = x.fma(second, c51);
            x = FloatVector.broadcast(Lanes.F, values[v + PITCH + 6]);
            c60 = x.fma(first, c60);
            c61 = x.fma(second, c61);
            x = FloatVector.broadcast(Lanes.F, values[v + PITCH + 7]);
            c70 = x.fma(first, c70);
            c71 = x.fma(second, c71);
            VarHandle.loadLoadFence();
            v += STEP * PITCH;
            w += STEP * ROWS;
        }
        c00.intoArray(sums, to);
        c01.intoArray(sums, to + N);
        c10.intoArray(sums, to + ROWS);
        c11.intoArray(sums, to + ROWS + N);
        c20.intoArray(sums, to + 2 * ROWS);
        c21.intoArray(sums, to + 2 * ROWS + N);
        c30.intoArray(sums, to + 3 * ROWS);
        c31.intoArray(sums, to + 3 * ROWS + N);
        c40.intoArray(sums, to + 4 * ROWS);
        c41.intoArray(sums, to + 4 * ROWS + N);
        c50.intoArray(sums, to + 5 * ROWS);
        c51.intoArray(sums, to + 5 * ROWS + N);
        c60.intoArray(sums, to + 6 * ROWS);
        c61.intoArray(sums, to + 6 * ROWS + N);
        c70.intoArray(sums, to + 7 * ROWS);
        c71.intoArray(sums, to + 7 * ROWS + N);
    }

    /** Hides what rows do not read: keys before {@code first} and from {@code end} on, numbers of a row each. */
    static void hide(float[] scores, int from, int to, float[] first, float[] end) {
        FloatVector firstLow = FloatVector.fromArray(Lanes.F, first, 0);
        FloatVector firstHigh = FloatVector.fromArray(Lanes.F, first, N);
        FloatVector endLow = FloatVector.fromArray(Lanes.F, end, 0);
        FloatVector endHigh = FloatVector.fromArray(Lanes.F, end, N);
        for (int key = from; key < to; key++) {
            int at = key * ROWS;
            FloatVector k = FloatVector.broadcast(Lanes.F, key);
            VectorMask<Float> hidden = k.compare(VectorOperators.LT, firstLow)
                    .or(k.compare(VectorOperators.GE, endLow));
            FloatVector.fromArray(Lanes.F, scores, at).blend(Float.NEGATIVE_INFINITY, hidden).intoArray(scores, at);
            hidden = k.compare(VectorOperators.LT, firstHigh).or(k.compare(VectorOperators.GE, endHigh));
            FloatVector.fromArray(Lanes.F, scores, at + N).blend(Float.NEGATIVE_INFINITY, hidden)
                    .intoArray(scores, at + N);
        }
    }

    /** Largest scores of keys [from, to), an even number, and of what is in {@code maxima}. NaN only where all are. */
    static void largest(float[] scores, int from, int to, float[] maxima, int at) {
        FloatVector a = FloatVector.fromArray(Lanes.F, maxima, at);
        FloatVector b = FloatVector.fromArray(Lanes.F, maxima, at + N);
        FloatVector c = a;
        FloatVector d = b;
        for (int i = from * ROWS; i < to * ROWS; i += 2 * ROWS) {
            FloatVector x = FloatVector.fromArray(Lanes.F, scores, i);
            a = x.blend(a, x.compare(VectorOperators.LE, a));
            x = FloatVector.fromArray(Lanes.F, scores, i + N);
            b = x.blend(b, x.compare(VectorOperators.LE, b));
            x = FloatVector.fromArray(Lanes.F, scores, i + ROWS);
            c = x.blend(c, x.compare(VectorOperators.LE, c));
            x = FloatVector.fromArray(Lanes.F, scores, i + ROWS + N);
            d = x.blend(d, x.compare(VectorOperators.LE, d));
        }
        a.blend(c, c.compare(VectorOperators.GT, a)).intoArray(maxima, at);
        b.blend(d, d.compare(VectorOperators.GT, b)).intoArray(maxima, at + N);
    }

    /** Multiplies a panel's sums by a factor a row. */
    static void scale(float[] sums, int from, int width, float[] factors) {
        FloatVector first = FloatVector.fromArray(Lanes.F, factors, 0);
        FloatVector second = FloatVector.fromArray(Lanes.F, factors, N);
        for (int i = from; i < from + width * ROWS; i += ROWS) {
            FloatVector.fromArray(Lanes.F, sums, i).mul(first).intoArray(sums, i);
            FloatVector.fromArray(Lanes.F, sums, i + N).mul(second).intoArray(sums, i + N);
        }
    }

    /** Copies columns of rows of a tile, whole vectors, to rows {@link #PITCH} apart. */
    static void copy(Tile tile, int count, int columns, float[] to) {
        int column = 0;
        for (; column <= columns - 4 * N; column += 4 * N) {
            copyFour(tile.address() + 4L * column, 4 * tile.stride(), count, to, column);
        }
        for (; column < columns; column += N) {
            copyOne(tile.address() + 4L * column, 4 * tile.stride(), count, to, column);
        }
    }

    private static void copyFour(long from, long stride, int count, float[] to, int first) {
        long next = from;
        int at = first;
        for (int row = 0; row < count; row++, next += stride, at += PITCH) {
            long source = Memory.known(next);
            Lanes.floats(source).intoArray(to, at);
            Lanes.floats(source + Lanes.BYTES).intoArray(to, at + N);
            Lanes.floats(source + 2 * Lanes.BYTES).intoArray(to, at + 2 * N);
            Lanes.floats(source + 3 * Lanes.BYTES).intoArray(to, at + 3 * N);
        }
    }

    private static void copyOne(long from, long stride, int count, float[] to, int first) {
        long next = from;
        int at = first;
        for (int row = 0; row < count; row++, next += stride, at += PITCH) {
            Lanes.floats(Memory.known(next)).intoArray(to, at);
        }
    }
}
