package lathe.engine.attention;

import jdk.incubator.vector.FloatVector;

import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.Memory;

/**
 * Products of a few query rows with a tile, as in decoding: keys and values are read once, four rows or four vectors at
 * a time, and sums stay in registers.
 */
final class FewRows {
    private FewRows() {}

    /**
     * Scores of rows by keys.
     *
     * @param queries rows of queries, one after the other
     * @param rows    how many
     * @param width   numbers of a query
     * @param keys    keys
     * @param count   how many
     * @param scores  receives rows of scores, {@link QueryRows#STRIDE} apart
     */
    static void scores(float[] queries, int rows, int width, Tile keys, int count, long scores) {
        for (int key = 0; key < count; key++) {
            int row = 0;
            for (; row + 4 <= rows; row += 4) {
                four(queries, row * width, width, keys.row(key), scores + 4L * (QueryRows.STRIDE * row + key));
            }
            for (; row < rows; row++) {
                float score = one(queries, row * width, width, keys.row(key));
                Memory.setFloat(scores + 4L * (QueryRows.STRIDE * row + key), score);
            }
        }
    }

    private static void four(float[] queries, int at, int width, long key, long scores) {
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int i = 0;
        for (; i <= width - Lanes.N; i += Lanes.N) {
            FloatVector k = Lanes.floats(key + 4L * i);
            a = FloatVector.fromArray(Lanes.F, queries, at + i).fma(k, a);
            b = FloatVector.fromArray(Lanes.F, queries, at + width + i).fma(k, b);
            c = FloatVector.fromArray(Lanes.F, queries, at + 2 * width + i).fma(k, c);
            d = FloatVector.fromArray(Lanes.F, queries, at + 3 * width + i).fma(k, d);
        }
        Memory.setFloat(scores, Lanes.sum(a) + rest(queries, at, i, width, key));
        Memory.setFloat(scores + 4L * QueryRows.STRIDE, Lanes.sum(b) + rest(queries, at + width, i, width, key));
        Memory.setFloat(scores + 8L * QueryRows.STRIDE, Lanes.sum(c) + rest(queries, at + 2 * width, i, width, key));
        Memory.setFloat(scores + 12L * QueryRows.STRIDE, Lanes.sum(d) + rest(queries, at + 3 * width, i, width, key));
    }

    private static float one(float[] queries, int at, int width, long key) {
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        int i = 0;
        for (; i <= width - 2 * Lanes.N; i += 2 * Lanes.N) {
            a = Lanes.floats(key + 4L * i).fma(FloatVector.fromArray(Lanes.F, queries, at + i), a);
            b = Lanes.floats(key + 4L * i + Lanes.BYTES)
                    .fma(FloatVector.fromArray(Lanes.F, queries, at + i + Lanes.N), b);
        }
        return Lanes.sum(a.add(b)) + rest(queries, at, i, width, key);
    }

    private static float rest(float[] queries, int at, int from, int width, long key) {
        float sum = 0;
        for (int i = from; i < width; i++) {
            sum = Math.fma(queries[at + i], Memory.getFloat(key + 4L * i), sum);
        }
        return sum;
    }

    /**
     * Adds weighted values to a row.
     *
     * @param weights one a key
     * @param values  values
     * @param from    first key
     * @param to      key after the last
     * @param row     receives the sum, added to what is there
     * @param width   numbers of a value
     */
    static void addWeighted(long weights, Tile values, int from, int to, long row, int width) {
        int i = 0;
        for (; i <= width - 4 * Lanes.N; i += 4 * Lanes.N) {
            addFour(weights, values.row(from) + 4L * i, 4 * values.stride(), from, to, row + 4L * i);
        }
        for (; i < width; i++) {
            float sum = Memory.getFloat(row + 4L * i);
            for (int key = from; key < to; key++) {
                float weight = Memory.getFloat(weights + 4L * key);
                sum = Math.fma(weight, Memory.getFloat(values.row(key) + 4L * i), sum);
            }
            Memory.setFloat(row + 4L * i, sum);
        }
    }

    private static void addFour(long weights, long first, long stride, int from, int to, long row) {
        FloatVector a = Lanes.floats(row);
        FloatVector b = Lanes.floats(row + Lanes.BYTES);
        FloatVector c = Lanes.floats(row + 2 * Lanes.BYTES);
        FloatVector d = Lanes.floats(row + 3 * Lanes.BYTES);
        long value = first;
        for (int key = from; key < to; key++, value += stride) {
            FloatVector weight = FloatVector.broadcast(Lanes.F, Memory.getFloat(weights + 4L * key));
            a = Lanes.floats(value).fma(weight, a);
            b = Lanes.floats(value + Lanes.BYTES).fma(weight, b);
            c = Lanes.floats(value + 2 * Lanes.BYTES).fma(weight, c);
            d = Lanes.floats(value + 3 * Lanes.BYTES).fma(weight, d);
        }
        Lanes.store(a, row);
        Lanes.store(b, row + Lanes.BYTES);
        Lanes.store(c, row + 2 * Lanes.BYTES);
        Lanes.store(d, row + 3 * Lanes.BYTES);
    }
}
