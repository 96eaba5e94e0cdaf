package lathe.engine.attention;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.Memory;

/**
 * The loops over keys and values where there are 32 registers of sixteen lanes. Two rows of queries, or of sums, of eight
 * vectors each stay in registers while keys go by from the first number to the last, which the processor fetches ahead
 * (one query of 32 heads over 16384 keys of 8 heads: 16 to 36 GB/s). Other rows find the tile in the second-level cache. The
 * additions are those of {@link VectorAttentionLoops}, in its order.
 *
 * <p>Sums go to arrays: with so many stores to memory elsewhere the compiler's budget for inlining would end before the last.
 */
final class WideAttentionLoops {
    /** Whether vectors are so wide. */
    static final boolean FIT = Lanes.N == 16;
    private static final int N = 16;
    private static final int BYTES = 4 * N;
    private static final int STRIDE = QueryRows.STRIDE;
    /** Where a second row's sums begin, behind those of the first, a vector a key. */
    private static final int SECOND = STRIDE * N;
    /** Zeros, for both rows: where sums begin. */
    private static final int NOTHING = 2 * SECOND;
    private static final ThreadLocal<Room> ROOM = ThreadLocal.withInitial(Room::new);

    private WideAttentionLoops() {}

    /** Numbers of a tile. */
    private static final class Room {
        final float[] lanes = new float[2 * SECOND + SECOND + N];
        final float[] weights = new float[2 * STRIDE];
        final float[] scores = new float[2 * STRIDE];
        float[] sums = {};

        float[] sums(int count) {
            if (sums.length < count) {
                sums = new float[count];
            }
            return sums;
        }
    }

    /**
     * Scores of one or two rows of queries, each as {@link VectorAttentionLoops} would take it together with others.
     *
     * @param queries rows of queries
     * @param row     first row
     * @param rows    1 or 2
     * @param width   numbers of a query
     * @param keys    keys
     * @param count   how many, at most {@link QueryRows#STRIDE}
     * @param scores  scores of the first row
     */
    static void scores(float[] queries, int row, int rows, int width, Tile keys, int count, long scores) {
        Room room = ROOM.get();
        int at = row * width;
        int other = rows > 1 ? width : 0;
        long stride = 4 * keys.stride();
        int i = 0;
        for (int some; i <= width - N; i += some * N) {
            some = vectors(width - i);
            int from = i == 0 ? NOTHING : 0;
            long key = keys.row(0) + 4L * i;
            switch (some) {
                case 8 -> addEight(queries, at + i, other, key, stride, count, room.lanes, from, i == 0 ? 0 : N);
                case 4 -> addFour(queries, at + i, other, key, stride, count, room.lanes, from, i == 0 ? 0 : N);
                default -> addOne(queries, at + i, other, key, stride, count, room.lanes, from, i == 0 ? 0 : N);
            }
        }
        for (int r = 0; r < rows; r++) {
            sumLanes(room.lanes, SECOND * r, i == 0 ? 0 : Math.ceilDiv(count, N), room.scores);
            for (int key = 0; i < width && key < count; key++) {
                float sum = i == 0 ? 0 : room.scores[key];
                room.scores[key] = sum + rest(queries, at + other * r, i, width, keys.row(key));
            }
            Memory.copy(room.scores, count, scores + 4L * STRIDE * r);
        }
    }

    /** Vectors of the next columns that a loop takes. */
    private static int vectors(int columns) {
        return columns >= 8 * N ? 8 : columns >= 4 * N ? 4 : 1;
    }

    private static float rest(float[] queries, int at, int from, int width, long key) {
        float sum = 0;
        for (int i = from; i < width; i++) {
            sum = Math.fma(queries[at + i], Memory.getFloat(key + 4L * i), sum);
        }
        return sum;
    }

    /** Adds products of two rows' eight vectors with every key's to what is there {@code from} on, a step a key. */
    private static void addEight(float[] queries, int at, int other, long keys, long stride, int count, float[] sums,
            int from, int step) {
        FloatVector p0 = FloatVector.fromArray(Lanes.F, queries, at);
        FloatVector p1 = FloatVector.fromArray(Lanes.F, queries, at + N);
        FloatVector p2 = FloatVector.fromArray(Lanes.F, queries, at + 2 * N);
        FloatVector p3 = FloatVector.fromArray(Lanes.F, queries, at + 3 * N);
        FloatVector p4 = FloatVector.fromArray(Lanes.F, queries, at + 4 * N);
        FloatVector p5 = FloatVector.fromArray(Lanes.F, queries, at + 5 * N);
        FloatVector p6 = FloatVector.fromArray(Lanes.F, queries, at + 6 * N);
        FloatVector p7 = FloatVector.fromArray(Lanes.F, queries, at + 7 * N);
        FloatVector q0 = FloatVector.fromArray(Lanes.F, queries, at + other);
        FloatVector q1 = FloatVector.fromArray(Lanes.F, queries, at + other + N);
        FloatVector q2 = FloatVector.fromArray(Lanes.F, queries, at + other + 2 * N);
        FloatVector q3 = FloatVector.fromArray(Lanes.F, queries, at + other + 3 * N);
        FloatVector q4 = FloatVector.fromArray(Lanes.F, queries, at + other + 4 * N);
        FloatVector q5 = FloatVector.fromArray(Lanes.F, queries, at + other + 5 * N);
        FloatVector q6 = FloatVector.fromArray(Lanes.F, queries, at + other + 6 * N);
        FloatVector q7 = FloatVector.fromArray(Lanes.F, queries, at + other + 7 * N);
        long next = keys;
        int begin = from;
        for (int key = 0; key < count; key++, next += stride, begin += step) {
            long k = Memory.known(next);
            FloatVector a = FloatVector.fromArray(Lanes.F, sums, begin);
            FloatVector b = FloatVector.fromArray(Lanes.F, sums, begin + SECOND);
            FloatVector x = Lanes.floats(k);
            a = p0.fma(x, a);
            b = q0.fma(x, b);
            x = Lanes.floats(k + BYTES);
            a = p1.fma(x, a);
            b = q1.fma(x, b);
            x = Lanes.floats(k + 2 * BYTES);
            a = p2.fma(x, a);
            b = q2.fma(x, b);
            x = Lanes.floats(k + 3 * BYTES);
            a = p3.fma(x, a);
            b = q3.fma(x, b);
            x = Lanes.floats(k + 4 * BYTES);
            a = p4.fma(x, a);
            b = q4.fma(x, b);
            x = Lanes.floats(k + 5 * BYTES);
            a = p5.fma(x, a);
            b = q5.fma(x, b);
            x = Lanes.floats(k + 6 * BYTES);
            a = p6.fma(x, a);
            b = q6.fma(x, b);
            x = Lanes.floats(k + 7 * BYTES);
            a = p7.fma(x, a);
            b = q7.fma(x, b);
            a.intoArray(sums, N * key);
            b.intoArray(sums, N * key + SECOND);
        }
    }

    /** Four vectors. */
    private static void addFour(float[] queries, int at, int other, long keys, long stride, int count, float[] sums,
            int from, int step) {
        FloatVector p0 = FloatVector.fromArray(Lanes.F, queries, at);
        FloatVector p1 = FloatVector.fromArray(Lanes.F, queries, at + N);
        FloatVector p2 = FloatVector.fromArray(Lanes.F, queries, at + 2 * N);
        FloatVector p3 = FloatVector.fromArray(Lanes.F, queries, at + 3 * N);
        FloatVector q0 = FloatVector.fromArray(Lanes.F, queries, at + other);
        FloatVector q1 = FloatVector.fromArray(Lanes.F, queries, at + other + N);
        FloatVector q2 = FloatVector.fromArray(Lanes.F, queries, at + other + 2 * N);
        FloatVector q3 = FloatVector.fromArray(Lanes.F, queries, at + other + 3 * N);
        long next = keys;
        int begin = from;
        for (int key = 0; key < count; key++, next += stride, begin += step) {
            long k = Memory.known(next);
            FloatVector a = FloatVector.fromArray(Lanes.F, sums, begin);
            FloatVector b = FloatVector.fromArray(Lanes.F, sums, begin + SECOND);
            FloatVector x = Lanes.floats(k);
            a = p0.fma(x, a);
            b = q0.fma(x, b);
            x = Lanes.floats(k + BYTES);
            a = p1.fma(x, a);
            b = q1.fma(x, b);
            x = Lanes.floats(k + 2 * BYTES);
            a = p2.fma(x, a);
            b = q2.fma(x, b);
            x = Lanes.floats(k + 3 * BYTES);
            a = p3.fma(x, a);
            b = q3.fma(x, b);
            a.intoArray(sums, N * key);
            b.intoArray(sums, N * key + SECOND);
        }
    }

    /** One vector. */
    private static void addOne(float[] queries, int at, int other, long keys, long stride, int count, float[] sums,
            int from, int step) {
        FloatVector p0 = FloatVector.fromArray(Lanes.F, queries, at);
        FloatVector q0 = FloatVector.fromArray(Lanes.F, queries, at + other);
        long next = keys;
        int begin = from;
        for (int key = 0; key < count; key++, next += stride, begin += step) {
            long k = Memory.known(next);
            FloatVector a = FloatVector.fromArray(Lanes.F, sums, begin);
            FloatVector b = FloatVector.fromArray(Lanes.F, sums, begin + SECOND);
            FloatVector x = Lanes.floats(k);
            a = p0.fma(x, a);
            b = q0.fma(x, b);
            a.intoArray(sums, N * key);
            b.intoArray(sums, N * key + SECOND);
        }
    }

    /** Sums of the lanes of sixteen vectors a group, in the order of {@link Lanes#sum}: halves of two vectors meet in one. */
    private static void sumLanes(float[] lanes, int from, int groups, float[] sums) {
        int end = from + N * N * groups;
        for (int group = from; group < end; group += N * N) {
            for (int i = group; i < group + 8 * N; i += N) {
                FloatVector a = FloatVector.fromArray(Lanes.F, lanes, i);
                FloatVector b = FloatVector.fromArray(Lanes.F, lanes, i + 8 * N);
                a.blend(b, Exchange.EIGHTS).add(b.blend(a, Exchange.EIGHTS).rearrange(Exchange.BY_EIGHT))
                        .intoArray(lanes, i);
            }
        }
        for (int group = from; group < end; group += N * N) {
            for (int i = group; i < group + 4 * N; i += N) {
                FloatVector a = FloatVector.fromArray(Lanes.F, lanes, i);
                FloatVector b = FloatVector.fromArray(Lanes.F, lanes, i + 4 * N);
                a.blend(b, Exchange.FOURS).add(b.blend(a, Exchange.FOURS).rearrange(Exchange.BY_FOUR)).intoArray(lanes,
                        i);
            }
        }
        for (int group = from; group < end; group += N * N) {
            for (int i = group; i < group + 2 * N; i += N) {
                FloatVector a = FloatVector.fromArray(Lanes.F, lanes, i);
                FloatVector b = FloatVector.fromArray(Lanes.F, lanes, i + 2 * N);
                a.blend(b, Exchange.TWOS).add(b.blend(a, Exchange.TWOS).rearrange(Exchange.BY_TWO)).intoArray(lanes, i);
            }
        }
        int to = 0;
        for (int group = from; group < end; group += N * N, to += N) {
            FloatVector a = FloatVector.fromArray(Lanes.F, lanes, group);
            FloatVector b = FloatVector.fromArray(Lanes.F, lanes, group + N);
            a.blend(b, Exchange.ONES).add(b.blend(a, Exchange.ONES).rearrange(Exchange.BY_ONE)).intoArray(sums, to);
        }
    }

    /** As {@link AttentionLoops#addWeighted}, of columns up to the last whole vector. */
    static void addWeighted(long weights, int rows, Tile values, int from, int to, long sums, int width) {
        Room room = ROOM.get();
        int whole = width & -N;
        // Behind the last row another one, beside which an odd last row is taken.
        float[] all = room.sums((rows + 1) * width + N);
        Memory.copy(sums, all, rows * width);
        for (int row = 0; row < rows; row += 2) {
            int count = to - from;
            Memory.copy(weights + 4L * (STRIDE * row + from), room.weights, 0, count);
            if (row + 1 < rows) {
                Memory.copy(weights + 4L * (STRIDE * (row + 1) + from), room.weights, STRIDE, count);
            }
            int some;
            for (int i = 0; i < whole; i += some * N) {
                some = vectors(whole - i);
                long value = values.row(from) + 4L * i;
                int at = row * width + i;
                switch (some) {
                    case 8 -> weighEight(room.weights, value, 4 * values.stride(), count, all, at, width);
                    case 4 -> weighFour(room.weights, value, 4 * values.stride(), count, all, at, width);
                    default -> weighOne(room.weights, value, 4 * values.stride(), count, all, at, width);
                }
            }
        }
        Memory.copy(all, rows * width, sums);
    }

    /** Adds eight vectors of values, weighted by two rows, to sums. */
    private static void weighEight(float[] weights, long values, long stride, int count, float[] sums, int at,
            int other) {
        FloatVector a0 = FloatVector.fromArray(Lanes.F, sums, at);
        FloatVector a1 = FloatVector.fromArray(Lanes.F, sums, at + N);
        FloatVector a2 = FloatVector.fromArray(Lanes.F, sums, at + 2 * N);
        FloatVector a3 = FloatVector.fromArray(Lanes.F, sums, at + 3 * N);
        FloatVector a4 = FloatVector.fromArray(Lanes.F, sums, at + 4 * N);
        FloatVector a5 = FloatVector.fromArray(Lanes.F, sums, at + 5 * N);
        FloatVector a6 = FloatVector.fromArray(Lanes.F, sums, at + 6 * N);
        FloatVector a7 = FloatVector.fromArray(Lanes.F, sums, at + 7 * N);
        FloatVector b0 = FloatVector.fromArray(Lanes.F, sums, at + other);
        FloatVector b1 = FloatVector.fromArray(Lanes.F, sums, at + other + N);
        FloatVector b2 = FloatVector.fromArray(Lanes.F, sums, at + other + 2 * N);
        FloatVector b3 = FloatVector.fromArray(Lanes.F, sums, at + other + 3 * N);
        FloatVector b4 = FloatVector.fromArray(Lanes.F, sums, at + other + 4 * N);
        FloatVector b5 = FloatVector.fromArray(Lanes.F, sums, at + other + 5 * N);
        FloatVector b6 = FloatVector.fromArray(Lanes.F, sums, at + other + 6 * N);
        FloatVector b7 = FloatVector.fromArray(Lanes.F, sums, at + other + 7 * N);
        long next = values;
        for (int key = 0; key < count; key++, next += stride) {
            long value = Memory.known(next);
            FloatVector first = FloatVector.broadcast(Lanes.F, weights[key]);
            FloatVector second = FloatVector.broadcast(Lanes.F, weights[key + STRIDE]);
            FloatVector x = Lanes.floats(value);
            a0 = x.fma(first, a0);
            b0 = x.fma(second, b0);
            x = Lanes.floats(value + BYTES);
            a1 = x.fma(first, a1);
            b1 = x.fma(second, b1);
            x = Lanes.floats(value + 2 * BYTES);
            a2 = x.fma(first, a2);
            b2 = x.fma(second, b2);
            x = Lanes.floats(value + 3 * BYTES);
            a3 = x.fma(first, a3);
            b3 = x.fma(second, b3);
            x = Lanes.floats(value + 4 * BYTES);
            a4 = x.fma(first, a4);
            b4 = x.fma(second, b4);
            x = Lanes.floats(value + 5 * BYTES);
            a5 = x.fma(first, a5);
            b5 = x.fma(second, b5);
            x = Lanes.floats(value + 6 * BYTES);
            a6 = x.fma(first, a6);
            b6 = x.fma(second, b6);
            x = Lanes.floats(value + 7 * BYTES);
            a7 = x.fma(first, a7);
            b7 = x.fma(second, b7);
        }
        a0.intoArray(sums, at);
        a1.intoArray(sums, at + N);
        a2.intoArray(sums, at + 2 * N);
        a3.intoArray(sums, at + 3 * N);
        a4.intoArray(sums, at + 4 * N);
        a5.intoArray(sums, at + 5 * N);
        a6.intoArray(sums, at + 6 * N);
        a7.intoArray(sums, at + 7 * N);
        b0.intoArray(sums, at + other);
        b1.intoArray(sums, at + other + N);
        b2.intoArray(sums, at + other + 2 * N);
        b3.intoArray(sums, at + other + 3 * N);
        b4.intoArray(sums, at + other + 4 * N);
        b5.intoArray(sums, at + other + 5 * N);
        b6.intoArray(sums, at + other + 6 * N);
        b7.intoArray(sums, at + other + 7 * N);
    }

    /** Four vectors. */
    private static void weighFour(float[] weights, long values, long stride, int count, float[] sums, int at,
            int other) {
        FloatVector a0 = FloatVector.fromArray(Lanes.F, sums, at);
        FloatVector a1 = FloatVector.fromArray(Lanes.F, sums, at + N);
        FloatVector a2 = FloatVector.fromArray(Lanes.F, sums, at + 2 * N);
        FloatVector a3 = FloatVector.fromArray(Lanes.F, sums, at + 3 * N);
        FloatVector b0 = FloatVector.fromArray(Lanes.F, sums, at + other);
        FloatVector b1 = FloatVector.fromArray(Lanes.F, sums, at + other + N);
        FloatVector b2 = FloatVector.fromArray(Lanes.F, sums, at + other + 2 * N);
        FloatVector b3 = FloatVector.fromArray(Lanes.F, sums, at + other + 3 * N);
        long next = values;
        for (int key = 0; key < count; key++, next += stride) {
            long value = Memory.known(next);
            FloatVector first = FloatVector.broadcast(Lanes.F, weights[key]);
            FloatVector second = FloatVector.broadcast(Lanes.F, weights[key + STRIDE]);
            FloatVector x = Lanes.floats(value);
            a0 = x.fma(first, a0);
            b0 = x.fma(second, b0);
            x = Lanes.floats(value + BYTES);
            a1 = x.fma(first, a1);
            b1 = x.fma(second, b1);
            x = Lanes.floats(value + 2 * BYTES);
            a2 = x.fma(first, a2);
            b2 = x.fma(second, b2);
            x = Lanes.floats(value + 3 * BYTES);
            a3 = x.fma(first, a3);
            b3 = x.fma(second, b3);
        }
        a0.intoArray(sums, at);
        a1.intoArray(sums, at + N);
        a2.intoArray(sums, at + 2 * N);
        a3.intoArray(sums, at + 3 * N);
        b0.intoArray(sums, at + other);
        b1.intoArray(sums, at + other + N);
        b2.intoArray(sums, at + other + 2 * N);
        b3.intoArray(sums, at + other + 3 * N);
    }

    /** One vector. */
    private static void weighOne(float[] weights, long values, long stride, int count, float[] sums, int at,
            int other) {
        FloatVector a0 = FloatVector.fromArray(Lanes.F, sums, at);
        FloatVector b0 = FloatVector.fromArray(Lanes.F, sums, at + other);
        long next = values;
        for (int key = 0; key < count; key++, next += stride) {
            long value = Memory.known(next);
            FloatVector first = FloatVector.broadcast(Lanes.F, weights[key]);
            FloatVector second = FloatVector.broadcast(Lanes.F, weights[key + STRIDE]);
            FloatVector x = Lanes.floats(value);
            a0 = x.fma(first, a0);
            b0 = x.fma(second, b0);
        }
        a0.intoArray(sums, at);
        b0.intoArray(sums, at + other);
    }

    /** What halves of vectors are put together with. */
    private static final class Exchange {
        static final VectorMask<Float> EIGHTS = lanesWith(8);
        static final VectorMask<Float> FOURS = lanesWith(4);
        static final VectorMask<Float> TWOS = lanesWith(2);
        static final VectorMask<Float> ONES = lanesWith(1);
        static final VectorShuffle<Float> BY_EIGHT = exchange(8);
        static final VectorShuffle<Float> BY_FOUR = exchange(4);
        static final VectorShuffle<Float> BY_TWO = exchange(2);
        static final VectorShuffle<Float> BY_ONE = exchange(1);

        private static VectorMask<Float> lanesWith(int bit) {
            long lanes = 0;
            for (int lane = 0; lane < N; lane++) {
                lanes |= (lane & bit) == 0 ? 0 : 1L << lane;
            }
            return VectorMask.fromLong(Lanes.F, lanes);
        }

        private static VectorShuffle<Float> exchange(int bit) {
            return VectorShuffle.fromOp(Lanes.F, lane -> lane ^ bit);
        }
    }
}
