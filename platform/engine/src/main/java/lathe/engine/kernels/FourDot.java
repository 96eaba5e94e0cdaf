package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.BYTES;
import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.I;
import static lathe.engine.kernels.Lanes.N;
import static lathe.engine.kernels.Memory.ALL;

import java.nio.ByteOrder;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Dot products of an input with four rows at once, each from another quarter of the rows: inputs are loaded once for all,
 * and four rows are four streams of memory, in pages of their own, for the processor to fetch ahead. Neighbours of less than
 * two pages are no such streams: measured on bfloat16 rows of 1024 columns in memory, GB/s of one core: one row at a time 13,
 * four neighbours 11, four quarters 17 to 20. Two sums a row, since more would not stay in registers. What the lanes add up
 * to is left to a second loop, since the compiler stops inlining at the end of a method of many vector operations.
 */
final class FourDot {
    /** Columns are whole steps of so many. */
    static final int STEP = 2 * N;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private FourDot() {}

    /**
     * Sums of the lanes of float32 rows.
     *
     * @param rows    address of the first row
     * @param bytes   from one row to the next
     * @param quarter a quarter of the rows
     * @param input   the input
     * @param at      its first index
     * @param count   columns, whole {@link #STEP}s
     * @param lanes   receives a vector a row
     */
    static void floats(long rows, long bytes, int quarter, float[] input, int at, int count, long lanes) {
        for (int row = 0; row < quarter; row++) {
            floats(rows + bytes * row, bytes * quarter, input, at, count, lanes + (long) BYTES * row,
                    (long) BYTES * quarter);
        }
    }

    private static void floats(long rows, long apart, float[] input, int at, int count, long lanes, long lanesApart) {
        long r0 = Memory.known(rows);
        long r1 = Memory.known(rows + apart);
        long r2 = Memory.known(rows + 2 * apart);
        long r3 = Memory.known(rows + 3 * apart);
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector p = a;
        FloatVector q = a;
        FloatVector r = a;
        FloatVector s = a;
        for (int i = 0; i <= count - 2 * N; i += 2 * N) {
            FloatVector x = FloatVector.fromArray(F, input, at + i);
            FloatVector y = FloatVector.fromArray(F, input, at + i + N);
            a = FloatVector.fromMemorySegment(F, ALL, r0 + 4L * i, ORDER).fma(x, a);
            b = FloatVector.fromMemorySegment(F, ALL, r0 + 4L * i + BYTES, ORDER).fma(y, b);
            c = FloatVector.fromMemorySegment(F, ALL, r1 + 4L * i, ORDER).fma(x, c);
            d = FloatVector.fromMemorySegment(F, ALL, r1 + 4L * i + BYTES, ORDER).fma(y, d);
            p = FloatVector.fromMemorySegment(F, ALL, r2 + 4L * i, ORDER).fma(x, p);
            q = FloatVector.fromMemorySegment(F, ALL, r2 + 4L * i + BYTES, ORDER).fma(y, q);
            r = FloatVector.fromMemorySegment(F, ALL, r3 + 4L * i, ORDER).fma(x, r);
            s = FloatVector.fromMemorySegment(F, ALL, r3 + 4L * i + BYTES, ORDER).fma(y, s);
        }
        a.add(b).intoMemorySegment(ALL, Memory.known(lanes), ORDER);
        c.add(d).intoMemorySegment(ALL, Memory.known(lanes + lanesApart), ORDER);
        p.add(q).intoMemorySegment(ALL, Memory.known(lanes + 2 * lanesApart), ORDER);
        r.add(s).intoMemorySegment(ALL, Memory.known(lanes + 3 * lanesApart), ORDER);
    }

    /** The same of bfloat16 rows, and an input split into pairs. */
    static void halves(long rows, long bytes, int quarter, float[] split, int at, int count, long lanes) {
        for (int row = 0; row < quarter; row++) {
            halves(rows + bytes * row, bytes * quarter, split, at, count, lanes + (long) BYTES * row,
                    (long) BYTES * quarter);
        }
    }

    private static void halves(long rows, long apart, float[] split, int at, int count, long lanes, long lanesApart) {
        long r0 = Memory.known(rows);
        long r1 = Memory.known(rows + apart);
        long r2 = Memory.known(rows + 2 * apart);
        long r3 = Memory.known(rows + 3 * apart);
        IntVector upper = IntVector.broadcast(I, 0xFFFF0000);
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector p = a;
        FloatVector q = a;
        FloatVector r = a;
        FloatVector s = a;
        for (int i = 0; i <= count - 2 * N; i += 2 * N) {
            FloatVector x = FloatVector.fromArray(F, split, at + i);
            FloatVector y = FloatVector.fromArray(F, split, at + i + N);
            IntVector two = IntVector.fromMemorySegment(I, ALL, r0 + 2L * i, ORDER);
            a = two.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, a);
            b = two.and(upper).reinterpretAsFloats().fma(y, b);
            two = IntVector.fromMemorySegment(I, ALL, r1 + 2L * i, ORDER);
            c = two.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, c);
            d = two.and(upper).reinterpretAsFloats().fma(y, d);
            two = IntVector.fromMemorySegment(I, ALL, r2 + 2L * i, ORDER);
            p = two.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, p);
            q = two.and(upper).reinterpretAsFloats().fma(y, q);
            two = IntVector.fromMemorySegment(I, ALL, r3 + 2L * i, ORDER);
            r = two.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, r);
            s = two.and(upper).reinterpretAsFloats().fma(y, s);
        }
        a.add(b).intoMemorySegment(ALL, Memory.known(lanes), ORDER);
        c.add(d).intoMemorySegment(ALL, Memory.known(lanes + lanesApart), ORDER);
        p.add(q).intoMemorySegment(ALL, Memory.known(lanes + 2 * lanesApart), ORDER);
        r.add(s).intoMemorySegment(ALL, Memory.known(lanes + 3 * lanesApart), ORDER);
    }

    /**
     * The same of float16 rows of numbers alone, neither infinite nor none, and an input split into pairs: moved to the
     * places of float32's, their bits read 2^112 times too small, subnormal ones included.
     */
    static void smallHalves(long rows, long bytes, int quarter, float[] split, int at, int count, long lanes) {
        for (int row = 0; row < quarter; row++) {
            smallHalves(rows + bytes * row, bytes * quarter, split, at, count, lanes + (long) BYTES * row,
                    (long) BYTES * quarter);
        }
    }

    private static void smallHalves(long rows, long apart, float[] split, int at, int count, long lanes,
            long lanesApart) {
        long r0 = Memory.known(rows);
        long r1 = Memory.known(rows + apart);
        long r2 = Memory.known(rows + 2 * apart);
        long r3 = Memory.known(rows + 3 * apart);
        IntVector kept = IntVector.broadcast(I, 0x8FFFE000);
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector p = a;
        FloatVector q = a;
        FloatVector r = a;
        FloatVector s = a;
        for (int i = 0; i <= count - 2 * N; i += 2 * N) {
            FloatVector x = FloatVector.fromArray(F, split, at + i);
            FloatVector y = FloatVector.fromArray(F, split, at + i + N);
            IntVector two = IntVector.fromMemorySegment(I, ALL, r0 + 2L * i, ORDER);
            a = two.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 3).and(kept)
                    .reinterpretAsFloats().fma(x, a);
            b = two.lanewise(VectorOperators.ASHR, 3).and(kept).reinterpretAsFloats().fma(y, b);
            two = IntVector.fromMemorySegment(I, ALL, r1 + 2L * i, ORDER);
            c = two.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 3).and(kept)
                    .reinterpretAsFloats().fma(x, c);
            d = two.lanewise(VectorOperators.ASHR, 3).and(kept).reinterpretAsFloats().fma(y, d);
            two = IntVector.fromMemorySegment(I, ALL, r2 + 2L * i, ORDER);
            p = two.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 3).and(kept)
                    .reinterpretAsFloats().fma(x, p);
            q = two.lanewise(VectorOperators.ASHR, 3).and(kept).reinterpretAsFloats().fma(y, q);
            two = IntVector.fromMemorySegment(I, ALL, r3 + 2L * i, ORDER);
            r = two.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 3).and(kept)
                    .reinterpretAsFloats().fma(x, r);
            s = two.lanewise(VectorOperators.ASHR, 3).and(kept).reinterpretAsFloats().fma(y, s);
        }
        a.add(b).intoMemorySegment(ALL, Memory.known(lanes), ORDER);
        c.add(d).intoMemorySegment(ALL, Memory.known(lanes + lanesApart), ORDER);
        p.add(q).intoMemorySegment(ALL, Memory.known(lanes + 2 * lanesApart), ORDER);
        r.add(s).intoMemorySegment(ALL, Memory.known(lanes + 3 * lanesApart), ORDER);
    }

    /** The sum of each row's lanes. */
    static void sum(int rows, long lanes, long output) {
        long known = Memory.known(lanes);
        for (int row = 0; row < rows; row++) {
            FloatVector sum = FloatVector.fromMemorySegment(F, ALL, known + (long) BYTES * row, ORDER);
            Memory.setFloat(output + 4L * row, Lanes.sum(sum));
        }
    }
}
