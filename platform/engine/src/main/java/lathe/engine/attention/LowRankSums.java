package lathe.engine.attention;

import java.nio.ByteOrder;

import jdk.incubator.vector.FloatVector;

import lathe.engine.kernels.FloatReader;
import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.Memory;
import lathe.engine.kernels.RowMath;
import lathe.engine.kernels.Scratch;
import lathe.spi.kv.StoredBlock.LowRankRows;
import lathe.spi.tensor.DataType;

/**
 * A matrix of low rank in products: a row meets one factor first, which leaves a number a rank, then the other. Four ranks
 * are taken at a time, filled up with zeros.
 */
final class LowRankSums implements PackedRows.Addend {
    private static final int RANKS = 4;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

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
    @Override
    public void addScores(long queries, int rows, int first, int count, long scores, long stride) {
        try (Scratch.Frame frame = Scratch.frame()) {
            add(channels(frame), tokens(first, count, frame), queries, width, rows, scores, stride, frame);
        }
    }

    /** Adds tokens [first, first + count), weighted, to rows of sums. */
    @Override
    public void addWeighted(long weights, long stride, int rows, int first, int count, long sums) {
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
        read(right, 0, rank * width, factor.address);
        return factor;
    }

    private Factor tokens(int first, int count, Scratch.Frame frame) {
        Factor factor = room(count, frame);
        for (int k = 0; k < rank; k++) {
            read(left, (long) tokens * k + first, count, factor.address + 4L * count * k);
        }
        return factor;
    }

    private void read(FloatReader numbers, long first, int count, long to) {
        if (numbers.type() == DataType.F16 && math.hasLanes()) {
            Halves.widen(numbers.at(first), count, to);
        } else {
            numbers.read(first, count, to);
        }
    }

    private Factor room(int columns, Scratch.Frame frame) {
        int padded = rank + RANKS - 1 & -RANKS;
        long address = frame.floats((long) padded * columns);
        if (padded > rank) {
            Memory.clear(address + 4L * rank * columns, 4L * (padded - rank) * columns);
        }
        return new Factor(address, columns);
    }

    private void add(Factor inner, Factor outer, long inputs, long inputStride, int rows, long outputs,
            long outputStride, Scratch.Frame frame) {
        long partial = frame.floats((long) RANKS * Lanes.N);
        float[] met = new float[RANKS];
        for (int row = 0; row < rows; row++) {
            long input = inputs + 4 * inputStride * row;
            long output = outputs + 4 * outputStride * row;
            for (int k = 0; k < rank; k += RANKS) {
                long factor = inner.address + 4L * inner.columns * k;
                dots(factor, inner.columns, input, partial);
                finish(factor, inner.columns, input, partial, met);
                long scaled = outer.address + 4L * outer.columns * k;
                addScaled(met, scaled, outer.columns, output);
                addRest(met, scaled, outer.columns, output);
            }
        }
    }

    // Loops in lanes stand alone, without the columns that are left: vectors are boxed in methods that are too large.

    /** Products of a row with four of a factor, lane by lane. */
    private static void dots(long factor, int columns, long row, long to) {
        long source = Memory.known(factor);
        long input = Memory.known(row);
        long target = Memory.known(to);
        long step = 4L * columns;
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        for (int i = 0; i <= columns - Lanes.N; i += Lanes.N) {
            long at = source + 4L * i;
            FloatVector x = FloatVector.fromMemorySegment(Lanes.F, Memory.ALL, input + 4L * i, ORDER);
            a = FloatVector.fromMemorySegment(Lanes.F, Memory.ALL, at, ORDER).fma(x, a);
            b = FloatVector.fromMemorySegment(Lanes.F, Memory.ALL, at + step, ORDER).fma(x, b);
            c = FloatVector.fromMemorySegment(Lanes.F, Memory.ALL, at + 2 * step, ORDER).fma(x, c);
            d = FloatVector.fromMemorySegment(Lanes.F, Memory.ALL, at + 3 * step, ORDER).fma(x, d);
        }
        a.intoMemorySegment(Memory.ALL, target, ORDER);
        b.intoMemorySegment(Memory.ALL, target + Lanes.BYTES, ORDER);
        c.intoMemorySegment(Memory.ALL, target + 2 * Lanes.BYTES, ORDER);
        d.intoMemorySegment(Memory.ALL, target + 3 * Lanes.BYTES, ORDER);
    }

    private static void finish(long factor, int columns, long row, long partial, float[] to) {
        long source = Memory.known(partial);
        for (int k = 0; k < RANKS; k++) {
            float even = 0;
            float odd = 0;
            for (int lane = 0; lane < Lanes.N; lane += 2) {
                even += Memory.getFloat(source + Lanes.BYTES * k + 4L * lane);
                odd += Memory.getFloat(source + Lanes.BYTES * k + 4L * lane + 4);
            }
            float sum = even + odd;
            for (int i = columns & -Lanes.N; i < columns; i++) {
                sum = Math.fma(Memory.getFloat(factor + 4L * columns * k + 4L * i), Memory.getFloat(row + 4L * i),
                        sum);
            }
            to[k] = sum;
        }
    }

    /** Adds four rows of a factor, scaled. */
    private static void addScaled(float[] scales, long factor, int columns, long to) {
        long source = Memory.known(factor);
        long target = Memory.known(to);
        long step = 4L * columns;
        FloatVector a = FloatVector.broadcast(Lanes.F, scales[0]);
        FloatVector b = FloatVector.broadcast(Lanes.F, scales[1]);
        FloatVector c = FloatVector.broadcast(Lanes.F, scales[2]);
        FloatVector d = FloatVector.broadcast(Lanes.F, scales[3]);
        for (int i = 0; i <= columns - Lanes.N; i += Lanes.N) {
            long at = source + 4L * i;
            FloatVector x = FloatVector.fromMemorySegment(Lanes.F, Memory.ALL, target + 4L * i, ORDER);
            x = FloatVector.fromMemorySegment(Lanes.F, Memory.ALL, at, ORDER).fma(a, x);
            x = FloatVector.fromMemorySegment(Lanes.F, Memory.ALL, at + step, ORDER).fma(b, x);
            x = FloatVector.fromMemorySegment(Lanes.F, Memory.ALL, at + 2 * step, ORDER).fma(c, x);
            x = FloatVector.fromMemorySegment(Lanes.F, Memory.ALL, at + 3 * step, ORDER).fma(d, x);
            x.intoMemorySegment(Memory.ALL, target + 4L * i, ORDER);
        }
    }

    private static void addRest(float[] scales, long factor, int columns, long to) {
        for (int i = columns & -Lanes.N; i < columns; i++) {
            float x = Memory.getFloat(to + 4L * i);
            for (int k = 0; k < RANKS; k++) {
                x = Math.fma(Memory.getFloat(factor + 4L * columns * k + 4L * i), scales[k], x);
            }
            Memory.setFloat(to + 4L * i, x);
        }
    }
}
