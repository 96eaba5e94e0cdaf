package lathe.engine.attention;

import jdk.incubator.vector.FloatVector;

import lathe.engine.kernels.FloatReader;
import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.Memory;
import lathe.engine.kernels.RowMath;
import lathe.engine.kernels.Scratch;
import lathe.spi.kv.StoredBlock.LowRankRows;

/**
 * A matrix of low rank in products: a row meets one factor first, which leaves a number a rank, then the other. Two rows and
 * four ranks are taken at a time; ranks are filled up with zeros.
 */
final class LowRankSums {
    private static final int RANKS = 4;

    private final FloatReader left;
    private final FloatReader right;
    private final RowMath math;
    private final int rank;
    private final int tokens;
    private final int width;

    LowRankSums(LowRankRows rows, RowMath math) {
        this.left = new FloatReader(rows.tokens(), math);
        this.right = new FloatReader(rows.channels(), math);
        this.math = math;
        this.rank = rows.tokens().size(0);
        this.tokens = rows.tokens().size(1);
        this.width = rows.channels().size(1);
    }

    /** A factor in float32, its rows {@code columns} apart, a whole number of fours of them. */
    private record Factor(long address, int columns) {}

    /** Adds scores of rows of queries by tokens [first, first + count). */
    void addScores(long queries, int rows, int first, int count, long scores, long stride) {
        try (Scratch.Frame frame = Scratch.frame()) {
            add(channels(frame), tokens(first, count, frame), queries, width, rows, scores, stride, frame);
        }
    }

    /** Adds tokens [first, first + count), weighted, to rows of sums. */
    void addWeighted(long weights, long stride, int rows, int first, int count, long sums) {
        try (Scratch.Frame frame = Scratch.frame()) {
            add(tokens(first, count, frame), channels(frame), weights, stride, rows, sums, width, frame);
        }
    }

    /** Adds tokens [first, first + count) to rows of numbers. */
    void addRows(int first, int count, long to) {
        try (Scratch.Frame frame = Scratch.frame()) {
            Factor channels = channels(frame);
            for (int t = 0; t < count; t++) {
                for (int k = 0; k < rank; k++) {
                    math.addScaled(left.get((long) tokens * k + first + t), channels.address + 4L * width * k,
                            to + 4L * width * t, width);
                }
            }
        }
    }

    private Factor channels(Scratch.Frame frame) {
        Factor factor = room(width, frame);
        right.read(0, rank * width, factor.address);
        return factor;
    }

    private Factor tokens(int first, int count, Scratch.Frame frame) {
        Factor factor = room(count, frame);
        for (int k = 0; k < rank; k++) {
            left.read((long) tokens * k + first, count, factor.address + 4L * count * k);
        }
        return factor;
    }

    private Factor room(int columns, Scratch.Frame frame) {
        int padded = rank + RANKS - 1 & -RANKS;
        long address = frame.floats((long) padded * columns);
        Memory.clear(address + 4L * rank * columns, 4L * (padded - rank) * columns);
        return new Factor(address, columns);
    }

    private void add(Factor inner, Factor outer, long inputs, long inputStride, int rows, long outputs,
            long outputStride, Scratch.Frame frame) {
        long unread = frame.floats(outer.columns);
        long partial = frame.floats(2L * RANKS * Lanes.N);
        float[] met = new float[2 * RANKS];
        for (int row = 0; row < rows; row += 2) {
            boolean single = row + 1 == rows;
            long input = inputs + 4 * inputStride * row;
            long output = outputs + 4 * outputStride * row;
            long second = single ? unread : output + 4 * outputStride;
            for (int k = 0; k < rank; k += RANKS) {
                dots(inner.address + 4L * inner.columns * k, inner.columns, input,
                        single ? input : input + 4 * inputStride, partial, met);
                addScaled(met, outer.address + 4L * outer.columns * k, outer.columns, output, second);
            }
        }
    }

    /** Products of two rows with four of a factor. */
    private static void dots(long factor, int columns, long firstRow, long secondRow, long partial, float[] to) {
        long source = Memory.known(factor);
        long first = Memory.known(firstRow);
        long second = Memory.known(secondRow);
        long step = 4L * columns;
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector e = a;
        FloatVector f = a;
        FloatVector g = a;
        FloatVector h = a;
        int i = 0;
        for (; i <= columns - Lanes.N; i += Lanes.N) {
            long at = source + 4L * i;
            FloatVector x = Lanes.floats(first + 4L * i);
            FloatVector y = Lanes.floats(second + 4L * i);
            FloatVector w = Lanes.floats(at);
            a = w.fma(x, a);
            e = w.fma(y, e);
            w = Lanes.floats(at + step);
            b = w.fma(x, b);
            f = w.fma(y, f);
            w = Lanes.floats(at + 2 * step);
            c = w.fma(x, c);
            g = w.fma(y, g);
            w = Lanes.floats(at + 3 * step);
            d = w.fma(x, d);
            h = w.fma(y, h);
        }
        Lanes.store(a, partial);
        Lanes.store(b, partial + Lanes.BYTES);
        Lanes.store(c, partial + 2 * Lanes.BYTES);
        Lanes.store(d, partial + 3 * Lanes.BYTES);
        Lanes.store(e, partial + 4 * Lanes.BYTES);
        Lanes.store(f, partial + 5 * Lanes.BYTES);
        Lanes.store(g, partial + 6 * Lanes.BYTES);
        Lanes.store(h, partial + 7 * Lanes.BYTES);
        for (int k = 0; k < 2 * RANKS; k++) {
            float even = 0;
            float odd = 0;
            for (int lane = 0; lane < Lanes.N; lane += 2) {
                even += Memory.getFloat(partial + Lanes.BYTES * k + 4L * lane);
                odd += Memory.getFloat(partial + Lanes.BYTES * k + 4L * lane + 4);
            }
            to[k] = even + odd;
        }
        for (; i < columns; i++) {
            for (int k = 0; k < RANKS; k++) {
                float w = Memory.getFloat(source + step * k + 4L * i);
                to[k] = Math.fma(w, Memory.getFloat(first + 4L * i), to[k]);
                to[RANKS + k] = Math.fma(w, Memory.getFloat(second + 4L * i), to[RANKS + k]);
            }
        }
    }

    /** Adds four rows of a factor, scaled, to two rows. */
    private static void addScaled(float[] scales, long factor, int columns, long firstRow, long secondRow) {
        long source = Memory.known(factor);
        long first = Memory.known(firstRow);
        long second = Memory.known(secondRow);
        long step = 4L * columns;
        FloatVector a = FloatVector.broadcast(Lanes.F, scales[0]);
        FloatVector b = FloatVector.broadcast(Lanes.F, scales[1]);
        FloatVector c = FloatVector.broadcast(Lanes.F, scales[2]);
        FloatVector d = FloatVector.broadcast(Lanes.F, scales[3]);
        FloatVector e = FloatVector.broadcast(Lanes.F, scales[4]);
        FloatVector f = FloatVector.broadcast(Lanes.F, scales[5]);
        FloatVector g = FloatVector.broadcast(Lanes.F, scales[6]);
        FloatVector h = FloatVector.broadcast(Lanes.F, scales[7]);
        int i = 0;
        for (; i <= columns - Lanes.N; i += Lanes.N) {
            long at = source + 4L * i;
            FloatVector w = Lanes.floats(at);
            FloatVector x = w.fma(a, Lanes.floats(first + 4L * i));
            FloatVector y = w.fma(e, Lanes.floats(second + 4L * i));
            w = Lanes.floats(at + step);
            x = w.fma(b, x);
            y = w.fma(f, y);
            w = Lanes.floats(at + 2 * step);
            x = w.fma(c, x);
            y = w.fma(g, y);
            w = Lanes.floats(at + 3 * step);
            Lanes.store(w.fma(d, x), first + 4L * i);
            Lanes.store(w.fma(h, y), second + 4L * i);
        }
        for (; i < columns; i++) {
            float x = Memory.getFloat(first + 4L * i);
            float y = Memory.getFloat(second + 4L * i);
            for (int k = 0; k < RANKS; k++) {
                float w = Memory.getFloat(source + step * k + 4L * i);
                x = Math.fma(w, scales[k], x);
                y = Math.fma(w, scales[RANKS + k], y);
            }
            Memory.setFloat(first + 4L * i, x);
            Memory.setFloat(second + 4L * i, y);
        }
    }
}
