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
 * Dot products of an input with two neighbouring rows at once, each in the order of {@link VectorRowMath}'s for one: inputs
 * are loaded once for both, and two rows are two streams of memory for the processor to fetch ahead. Operations are written
 * out: of methods around them the compiler makes calls, with vectors as objects, where much else is compiled together. For
 * the same reason a row leaves N lanes, which {@link FourDot#sum} adds up for many rows: added here, they were boxed.
 */
final class PairDot {
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private PairDot() {}

    /** Float32 rows; columns in whole steps of 4N. */
    static void floats(long rows, int pairs, float[] input, int at, int count, long lanes) {
        for (int pair = 0; pair < pairs; pair++) {
            floats(rows + 8 * (long) count * pair, input, at, count, lanes + 2L * BYTES * pair);
        }
    }

    private static void floats(long rows, float[] input, int at, int count, long lanes) {
        long v = Memory.known(rows);
        long w = Memory.known(rows + 4L * count);
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector p = a;
        FloatVector q = a;
        FloatVector r = a;
        FloatVector s = a;
        for (int i = 0; i <= count - 4 * N; i += 4 * N) {
            FloatVector x = FloatVector.fromArray(F, input, at + i);
            a = FloatVector.fromMemorySegment(F, ALL, v + 4L * i, ORDER).fma(x, a);
            p = FloatVector.fromMemorySegment(F, ALL, w + 4L * i, ORDER).fma(x, p);
            x = FloatVector.fromArray(F, input, at + i + N);
            b = FloatVector.fromMemorySegment(F, ALL, v + 4L * i + BYTES, ORDER).fma(x, b);
            q = FloatVector.fromMemorySegment(F, ALL, w + 4L * i + BYTES, ORDER).fma(x, q);
            x = FloatVector.fromArray(F, input, at + i + 2 * N);
            c = FloatVector.fromMemorySegment(F, ALL, v + 4L * i + 2 * BYTES, ORDER).fma(x, c);
            r = FloatVector.fromMemorySegment(F, ALL, w + 4L * i + 2 * BYTES, ORDER).fma(x, r);
            x = FloatVector.fromArray(F, input, at + i + 3 * N);
            d = FloatVector.fromMemorySegment(F, ALL, v + 4L * i + 3 * BYTES, ORDER).fma(x, d);
            s = FloatVector.fromMemorySegment(F, ALL, w + 4L * i + 3 * BYTES, ORDER).fma(x, s);
        }
        a.add(b).add(c.add(d)).intoMemorySegment(ALL, Memory.known(lanes), ORDER);
        p.add(q).add(r.add(s)).intoMemorySegment(ALL, Memory.known(lanes + BYTES), ORDER);
    }

    /** Bfloat16 rows and an input split into pairs; columns in whole steps of 4N. */
    static void halves(long rows, int pairs, float[] split, int at, int count, long lanes) {
        for (int pair = 0; pair < pairs; pair++) {
            halves(rows + 4 * (long) count * pair, split, at, count, lanes + 2L * BYTES * pair);
        }
    }

    private static void halves(long rows, float[] split, int at, int count, long lanes) {
        long v = Memory.known(rows);
        long w = Memory.known(rows + 2L * count);
        IntVector upper = IntVector.broadcast(I, 0xFFFF0000);
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector p = a;
        FloatVector q = a;
        FloatVector r = a;
        FloatVector s = a;
        for (int i = 0; i <= count - 4 * N; i += 4 * N) {
            FloatVector x = FloatVector.fromArray(F, split, at + i);
            FloatVector y = FloatVector.fromArray(F, split, at + i + N);
            IntVector one = IntVector.fromMemorySegment(I, ALL, v + 2L * i, ORDER);
            a = one.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, a);
            b = one.and(upper).reinterpretAsFloats().fma(y, b);
            IntVector two = IntVector.fromMemorySegment(I, ALL, w + 2L * i, ORDER);
            p = two.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, p);
            q = two.and(upper).reinterpretAsFloats().fma(y, q);
            x = FloatVector.fromArray(F, split, at + i + 2 * N);
            y = FloatVector.fromArray(F, split, at + i + 3 * N);
            one = IntVector.fromMemorySegment(I, ALL, v + 2L * i + BYTES, ORDER);
            c = one.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, c);
            d = one.and(upper).reinterpretAsFloats().fma(y, d);
            two = IntVector.fromMemorySegment(I, ALL, w + 2L * i + BYTES, ORDER);
            r = two.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, r);
            s = two.and(upper).reinterpretAsFloats().fma(y, s);
        }
        a.add(b).add(c.add(d)).intoMemorySegment(ALL, Memory.known(lanes), ORDER);
        p.add(q).add(r.add(s)).intoMemorySegment(ALL, Memory.known(lanes + BYTES), ORDER);
    }
}
