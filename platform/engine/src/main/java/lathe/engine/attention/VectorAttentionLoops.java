package lathe.engine.attention;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

import lathe.engine.kernels.Exponential;
import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.Memory;
import lathe.engine.kernels.Scratch;

/**
 * The loops in lanes. Keys and values of a tile are read once for several rows: two keys by four rows, and four vectors of
 * a value by two rows, have eight sums in registers and six loads for eight multiplications.
 */
final class VectorAttentionLoops implements AttentionLoops {
    static final VectorAttentionLoops INSTANCE = new VectorAttentionLoops();
    private static final int N = Lanes.N;
    private static final int BYTES = Lanes.BYTES;
    private static final int STRIDE = QueryRows.STRIDE;

    private VectorAttentionLoops() {}

    @Override
    public void scores(float[] queries, int rows, int width, Tile keys, int count, long scores) {
        if (WideAttentionLoops.FIT) {
            wideScores(queries, rows, width, keys, count, scores);
        } else {
            scoresByEights(queries, rows, width, keys, count, scores);
        }
    }

    /** The same sums. */
    private static void wideScores(float[] queries, int rows, int width, Tile keys, int count, long scores) {
        int row = 0;
        while (row < rows) {
            int together = rows - row >= 4 ? 4 : rows - row >= 2 ? 2 : 1;
            int whole = count - count % (8 / together);
            for (int r = row; r < row + together; r++) {
                long first = scores + 4L * STRIDE * r;
                if ((r - row) % 2 == 0) {
                    WideAttentionLoops.scores(queries, r, Math.min(2, together), width, keys, whole, first);
                }
                for (int key = whole; key < count; key++) {
                    Memory.setFloat(first + 4L * key, one(queries, r * width, width, keys.row(key)));
                }
            }
            row += together;
        }
    }

    private static void scoresByEights(float[] queries, int rows, int width, Tile keys, int count, long scores) {
        try (Scratch.Frame frame = Scratch.frame()) {
            long sums = frame.floats(8L * N);
            int row = 0;
            while (row < rows) {
                // Two keys by four rows, four by two, eight by one: eight sums each time.
                int together = N < 8 ? 0 : rows - row >= 4 ? 4 : rows - row >= 2 ? 2 : 1;
                int some = together == 0 ? 0 : 8 / together;
                int key = 0;
                for (; together > 0 && key + some <= count; key += some) {
                    long first = keys.row(key);
                    long stride = 4 * keys.stride();
                    switch (together) {
                        case 4 -> eight(queries, row * width, width, first, first + stride, sums);
                        case 2 -> fourByTwo(queries, row * width, width, first, stride, sums);
                        default -> eightByOne(queries, row * width, width, first, stride, sums);
                    }
                    SumOfLanes.ofEight(sums);
                    spread(sums, queries, row, together, width, first, stride, scores + 4L * key);
                }
                int done = Math.max(1, together);
                for (int i = key; i < count; i++) {
                    for (int r = row; r < row + done; r++) {
                        Memory.setFloat(scores + 4L * (STRIDE * r + i), one(queries, r * width, width, keys.row(i)));
                    }
                }
                row += done;
            }
        }
    }

    /** Hands eight sums to the scores of their rows and adds what lies beyond the last whole vector. */
    private static void spread(long sums, float[] queries, int row, int rows, int width, long first, long stride,
            long scores) {
        int keys = 8 / rows;
        int whole = width & -N;
        for (int i = 0; whole < width && i < 8; i++) {
            float rest = rest(queries, (row + i / keys) * width, whole, width, first + stride * (i % keys));
            Memory.setFloat(sums + 4L * i, Memory.getFloat(sums + 4L * i) + rest);
        }
        long source = Memory.known(sums);
        long target = Memory.known(scores + 4L * STRIDE * row);
        for (int r = 0; r < rows; r++) {
            for (int key = 0; key < keys; key += 2) {
                Memory.setLong(target + 4L * STRIDE * r + 4L * key, Memory.getLong(source + 4L * (keys * r + key)));
            }
        }
    }

    /** Two keys by four rows, their sums lane by lane. */
    private static void eight(float[] queries, int at, int width, long first, long second, long sums) {
        long k = Memory.known(first);
        long l = Memory.known(second);
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector e = a;
        FloatVector f = a;
        FloatVector g = a;
        FloatVector h = a;
        for (int i = 0; i <= width - N; i += N) {
            FloatVector x = Lanes.floats(k + 4L * i);
            FloatVector y = Lanes.floats(l + 4L * i);
            FloatVector q = FloatVector.fromArray(Lanes.F, queries, at + i);
            a = q.fma(x, a);
            e = q.fma(y, e);
            q = FloatVector.fromArray(Lanes.F, queries, at + width + i);
            b = q.fma(x, b);
            f = q.fma(y, f);
            q = FloatVector.fromArray(Lanes.F, queries, at + 2 * width + i);
            c = q.fma(x, c);
            g = q.fma(y, g);
            q = FloatVector.fromArray(Lanes.F, queries, at + 3 * width + i);
            d = q.fma(x, d);
            h = q.fma(y, h);
        }
        Lanes.store(a, sums);
        Lanes.store(e, sums + BYTES);
        Lanes.store(b, sums + 2 * BYTES);
        Lanes.store(f, sums + 3 * BYTES);
        Lanes.store(c, sums + 4 * BYTES);
        Lanes.store(g, sums + 5 * BYTES);
        Lanes.store(d, sums + 6 * BYTES);
        Lanes.store(h, sums + 7 * BYTES);
    }

    /** Four keys by two rows. */
    private static void fourByTwo(float[] queries, int at, int width, long key, long stride, long sums) {
        long k = Memory.known(key);
        long l = Memory.known(key + stride);
        long m = Memory.known(key + 2 * stride);
        long n = Memory.known(key + 3 * stride);
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector e = a;
        FloatVector f = a;
        FloatVector g = a;
        FloatVector h = a;
        for (int i = 0; i <= width - N; i += N) {
            FloatVector p = FloatVector.fromArray(Lanes.F, queries, at + i);
            FloatVector q = FloatVector.fromArray(Lanes.F, queries, at + width + i);
            FloatVector x = Lanes.floats(k + 4L * i);
            a = p.fma(x, a);
            e = q.fma(x, e);
            x = Lanes.floats(l + 4L * i);
            b = p.fma(x, b);
            f = q.fma(x, f);
            x = Lanes.floats(m + 4L * i);
            c = p.fma(x, c);
            g = q.fma(x, g);
            x = Lanes.floats(n + 4L * i);
            d = p.fma(x, d);
            h = q.fma(x, h);
        }
        Lanes.store(a, sums);
        Lanes.store(b, sums + BYTES);
        Lanes.store(c, sums + 2 * BYTES);
        Lanes.store(d, sums + 3 * BYTES);
        Lanes.store(e, sums + 4 * BYTES);
        Lanes.store(f, sums + 5 * BYTES);
        Lanes.store(g, sums + 6 * BYTES);
        Lanes.store(h, sums + 7 * BYTES);
    }

    /** Eight keys by one row. */
    private static void eightByOne(float[] queries, int at, int width, long key, long stride, long sums) {
        long k = Memory.known(key);
        long l = Memory.known(key + 4 * stride);
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector e = a;
        FloatVector f = a;
        FloatVector g = a;
        FloatVector h = a;
        for (int i = 0; i <= width - N; i += N) {
            FloatVector q = FloatVector.fromArray(Lanes.F, queries, at + i);
            a = Lanes.floats(k + 4L * i).fma(q, a);
            b = Lanes.floats(k + stride + 4L * i).fma(q, b);
            c = Lanes.floats(k + 2 * stride + 4L * i).fma(q, c);
            d = Lanes.floats(k + 3 * stride + 4L * i).fma(q, d);
            e = Lanes.floats(l + 4L * i).fma(q, e);
            f = Lanes.floats(l + stride + 4L * i).fma(q, f);
            g = Lanes.floats(l + 2 * stride + 4L * i).fma(q, g);
            h = Lanes.floats(l + 3 * stride + 4L * i).fma(q, h);
        }
        Lanes.store(a, sums);
        Lanes.store(b, sums + BYTES);
        Lanes.store(c, sums + 2 * BYTES);
        Lanes.store(d, sums + 3 * BYTES);
        Lanes.store(e, sums + 4 * BYTES);
        Lanes.store(f, sums + 5 * BYTES);
        Lanes.store(g, sums + 6 * BYTES);
        Lanes.store(h, sums + 7 * BYTES);
    }

    private static float one(float[] queries, int at, int width, long key) {
        long k = Memory.known(key);
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        int i = 0;
        for (; i <= width - 2 * N; i += 2 * N) {
            a = Lanes.floats(k + 4L * i).fma(FloatVector.fromArray(Lanes.F, queries, at + i), a);
            b = Lanes.floats(k + 4L * i + BYTES).fma(FloatVector.fromArray(Lanes.F, queries, at + i + N), b);
        }
        return Lanes.sum(a.add(b)) + rest(queries, at, i, width, k);
    }

    private static float rest(float[] queries, int at, int from, int width, long key) {
        float sum = 0;
        for (int i = from; i < width; i++) {
            sum = Math.fma(queries[at + i], Memory.getFloat(key + 4L * i), sum);
        }
        return sum;
    }

    @Override
    public void addWeighted(long weights, int rows, Tile values, int from, int to, long sums, int width) {
        if (WideAttentionLoops.FIT) {
            WideAttentionLoops.addWeighted(weights, rows, values, from, to, sums, width);
            addColumns(weights, rows, values, from, to, sums, width, width & -N);
        } else {
            addByEights(weights, rows, values, from, to, sums, width);
        }
    }

    private static void addByEights(long weights, int rows, Tile values, int from, int to, long sums, int width) {
        long stride = 4 * values.stride();
        int i = 0;
        for (; i <= width - 4 * N; i += 4 * N) {
            long value = values.row(from) + 4L * i;
            int row = 0;
            for (; row + 2 <= rows; row += 2) {
                addEight(weights + 4L * (STRIDE * row + from), value, stride, to - from, sums + 4L * (row * width + i),
                        4L * width);
            }
            for (; row < rows; row++) {
                addFour(weights + 4L * (STRIDE * row + from), value, stride, to - from, sums + 4L * (row * width + i));
            }
        }
        addColumns(weights, rows, values, from, to, sums, width, i);
    }

    /** Columns from one on, one number at a time. */
    private static void addColumns(long weights, int rows, Tile values, int from, int to, long sums, int width,
            int column) {
        long stride = 4 * values.stride();
        for (int row = 0; row < rows; row++) {
            for (int j = column; j < width; j++) {
                addOne(weights + 4L * (STRIDE * row + from), values.row(from) + 4L * j, stride, to - from,
                        sums + 4L * (row * width + j));
            }
        }
    }

    /** Four vectors of two rows. */
    private static void addEight(long weights, long values, long stride, int count, long sums, long sumStride) {
        long w = Memory.known(weights);
        FloatVector a = Lanes.floats(sums);
        FloatVector b = Lanes.floats(sums + BYTES);
        FloatVector c = Lanes.floats(sums + 2 * BYTES);
        FloatVector d = Lanes.floats(sums + 3 * BYTES);
        FloatVector e = Lanes.floats(sums + sumStride);
        FloatVector f = Lanes.floats(sums + sumStride + BYTES);
        FloatVector g = Lanes.floats(sums + sumStride + 2 * BYTES);
        FloatVector h = Lanes.floats(sums + sumStride + 3 * BYTES);
        long next = values;
        for (int key = 0; key < count; key++, next += stride) {
            long value = Memory.known(next);
            FloatVector first = FloatVector.broadcast(Lanes.F, Memory.getFloat(w + 4L * key));
            FloatVector second = FloatVector.broadcast(Lanes.F, Memory.getFloat(w + 4L * STRIDE + 4L * key));
            FloatVector v = Lanes.floats(value);
            a = v.fma(first, a);
            e = v.fma(second, e);
            v = Lanes.floats(value + BYTES);
            b = v.fma(first, b);
            f = v.fma(second, f);
            v = Lanes.floats(value + 2 * BYTES);
            c = v.fma(first, c);
            g = v.fma(second, g);
            v = Lanes.floats(value + 3 * BYTES);
            d = v.fma(first, d);
            h = v.fma(second, h);
        }
        Lanes.store(a, sums);
        Lanes.store(b, sums + BYTES);
        Lanes.store(c, sums + 2 * BYTES);
        Lanes.store(d, sums + 3 * BYTES);
        Lanes.store(e, sums + sumStride);
        Lanes.store(f, sums + sumStride + BYTES);
        Lanes.store(g, sums + sumStride + 2 * BYTES);
        Lanes.store(h, sums + sumStride + 3 * BYTES);
    }

    private static void addFour(long weights, long values, long stride, int count, long sums) {
        long w = Memory.known(weights);
        FloatVector a = Lanes.floats(sums);
        FloatVector b = Lanes.floats(sums + BYTES);
        FloatVector c = Lanes.floats(sums + 2 * BYTES);
        FloatVector d = Lanes.floats(sums + 3 * BYTES);
        long next = values;
        for (int key = 0; key < count; key++, next += stride) {
            long value = Memory.known(next);
            FloatVector weight = FloatVector.broadcast(Lanes.F, Memory.getFloat(w + 4L * key));
            a = Lanes.floats(value).fma(weight, a);
            b = Lanes.floats(value + BYTES).fma(weight, b);
            c = Lanes.floats(value + 2 * BYTES).fma(weight, c);
            d = Lanes.floats(value + 3 * BYTES).fma(weight, d);
        }
        Lanes.store(a, sums);
        Lanes.store(b, sums + BYTES);
        Lanes.store(c, sums + 2 * BYTES);
        Lanes.store(d, sums + 3 * BYTES);
    }

    private static void addOne(long weights, long values, long stride, int count, long to) {
        float sum = Memory.getFloat(to);
        for (int key = 0; key < count; key++) {
            sum = Math.fma(Memory.getFloat(weights + 4L * key), Memory.getFloat(values + stride * key), sum);
        }
        Memory.setFloat(to, sum);
    }

    @Override
    public float largest(long scores, int from, int to) {
        int i = from;
        float rest = Float.NEGATIVE_INFINITY;
        FloatVector largest = FloatVector.broadcast(Lanes.F, rest);
        for (; i <= to - N; i += N) {
            largest = largest.max(Lanes.floats(scores + 4L * i));
        }
        for (; i < to; i++) {
            rest = Math.max(rest, Memory.getFloat(scores + 4L * i));
        }
        return Math.max(rest, largest.reduceLanes(VectorOperators.MAX));
    }

    @Override
    public float weigh(long scores, int from, int to, int count, float maximum) {
        fillAround(scores, from, to, count);
        return Exponential.weigh(scores, from & -N, to + N - 1 & -N, maximum);
    }

    /** To whole vectors with scores whose weight is nothing, beyond them with zeros. */
    static void fillAround(long scores, int from, int to, int count) {
        int first = from & -N;
        int last = to + N - 1 & -N;
        fill(scores, 0, first, 0);
        fill(scores, first, from, Float.NEGATIVE_INFINITY);
        fill(scores, to, last, Float.NEGATIVE_INFINITY);
        fill(scores, last, count, 0);
    }

    private static void fill(long scores, int from, int to, float value) {
        for (int i = from; i < to; i++) {
            Memory.setFloat(scores + 4L * i, value);
        }
    }

    /** By the exponential for large and by the series for small arguments. */
    @Override
    public void cap(long scores, int count, float cap) {
        for (int i = 0; i < count; i += N) {
            FloatVector x = Lanes.floats(scores + 4L * i).div(cap);
            FloatVector square = x.mul(x);
            FloatVector far = Exponential.of(x.mul(2)).add(1);
            far = FloatVector.broadcast(Lanes.F, 1).sub(FloatVector.broadcast(Lanes.F, 2).div(far));
            FloatVector near = square.mul(62f / 2835).sub(17f / 315).mul(square).add(2f / 15).mul(square).sub(1f / 3);
            near = near.mul(square).mul(x).add(x);
            FloatVector tanh = far.blend(near, x.abs().compare(VectorOperators.LT, 0.3f));
            Lanes.store(tanh.mul(cap), scores + 4L * i);
        }
    }
}
