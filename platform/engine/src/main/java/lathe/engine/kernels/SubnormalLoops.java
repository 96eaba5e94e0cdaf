package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.BYTES;
import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.I;
import static lathe.engine.kernels.Memory.ALL;

import java.nio.ByteOrder;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link PackedLoops}' loops over fields of four bits without their conversions: a masked word below 2^24 is, read as a
 * float, that integer times 2^-149, so that AND and multiplication are all that a vector of codes takes. The input is
 * scaled up in return ({@link VectorPackedDot#arrange}); all are powers of two, so results have the same bits. For
 * processors that multiply subnormal numbers as quickly as others.
 */
final class SubnormalLoops {
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private SubnormalLoops() {}

    /** Four bits, one scale a step. */
    static float nibbles(long words, int steps, long input, float[] scales, int scale) {
        long base = Memory.known(words);
        long inputs = Memory.known(input);
        IntVector m0 = IntVector.broadcast(I, 0xf);
        IntVector m1 = IntVector.broadcast(I, 0xf0);
        IntVector m2 = IntVector.broadcast(I, 0xf00);
        IntVector m3 = IntVector.broadcast(I, 0xf000);
        IntVector m4 = IntVector.broadcast(I, 0xf0000);
        IntVector m5 = IntVector.broadcast(I, 0xf00000);
        FloatVector sum = FloatVector.zero(F);
        for (int step = 0; step < steps; step++) {
            IntVector word = IntVector.fromMemorySegment(I, ALL, base + (long) BYTES * step, ORDER);
            long x = inputs + 8L * BYTES * step;
            FloatVector a = word.and(m0).reinterpretAsFloats()
                    .mul(FloatVector.fromMemorySegment(F, ALL, x, ORDER));
            FloatVector b = word.and(m1).reinterpretAsFloats()
                    .mul(FloatVector.fromMemorySegment(F, ALL, x + BYTES, ORDER));
            a = word.and(m2).reinterpretAsFloats()
                    .fma(FloatVector.fromMemorySegment(F, ALL, x + 2 * BYTES, ORDER), a);
            b = word.and(m3).reinterpretAsFloats()
                    .fma(FloatVector.fromMemorySegment(F, ALL, x + 3 * BYTES, ORDER), b);
            a = word.and(m4).reinterpretAsFloats()
                    .fma(FloatVector.fromMemorySegment(F, ALL, x + 4 * BYTES, ORDER), a);
            b = word.and(m5).reinterpretAsFloats()
                    .fma(FloatVector.fromMemorySegment(F, ALL, x + 5 * BYTES, ORDER), b);
            IntVector high = word.lanewise(VectorOperators.LSHR, 8);
            a = high.and(m4).reinterpretAsFloats()
                    .fma(FloatVector.fromMemorySegment(F, ALL, x + 6 * BYTES, ORDER), a);
            b = high.and(m5).reinterpretAsFloats()
                    .fma(FloatVector.fromMemorySegment(F, ALL, x + 7 * BYTES, ORDER), b);
            sum = a.add(b).fma(FloatVector.broadcast(F, scales[scale + step]), sum);
        }
        return Lanes.sum(sum);
    }

    /** Four bits, several scales a step. */
    static float nibblesOfGroups(long words, int steps, long input, float[] scales, int scale, int groups) {
        long base = Memory.known(words);
        long inputs = Memory.known(input);
        IntVector lanes = PackedLoops.groupOfLane(groups);
        IntVector m0 = IntVector.broadcast(I, 0xf);
        IntVector m1 = IntVector.broadcast(I, 0xf0);
        IntVector m2 = IntVector.broadcast(I, 0xf00);
        IntVector m3 = IntVector.broadcast(I, 0xf000);
        IntVector m4 = IntVector.broadcast(I, 0xf0000);
        IntVector m5 = IntVector.broadcast(I, 0xf00000);
        FloatVector sum = FloatVector.zero(F);
        for (int step = 0; step < steps; step++) {
            IntVector word = IntVector.fromMemorySegment(I, ALL, base + (long) BYTES * step, ORDER);
            long x = inputs + 8L * BYTES * step;
            FloatVector a = word.and(m0).reinterpretAsFloats()
                    .mul(FloatVector.fromMemorySegment(F, ALL, x, ORDER));
            FloatVector b = word.and(m1).reinterpretAsFloats()
                    .mul(FloatVector.fromMemorySegment(F, ALL, x + BYTES, ORDER));
            a = word.and(m2).reinterpretAsFloats()
                    .fma(FloatVector.fromMemorySegment(F, ALL, x + 2 * BYTES, ORDER), a);
            b = word.and(m3).reinterpretAsFloats()
                    .fma(FloatVector.fromMemorySegment(F, ALL, x + 3 * BYTES, ORDER), b);
            a = word.and(m4).reinterpretAsFloats()
                    .fma(FloatVector.fromMemorySegment(F, ALL, x + 4 * BYTES, ORDER), a);
            b = word.and(m5).reinterpretAsFloats()
                    .fma(FloatVector.fromMemorySegment(F, ALL, x + 5 * BYTES, ORDER), b);
            IntVector high = word.lanewise(VectorOperators.LSHR, 8);
            a = high.and(m4).reinterpretAsFloats()
                    .fma(FloatVector.fromMemorySegment(F, ALL, x + 6 * BYTES, ORDER), a);
            b = high.and(m5).reinterpretAsFloats()
                    .fma(FloatVector.fromMemorySegment(F, ALL, x + 7 * BYTES, ORDER), b);
            FloatVector each = lanes
                    .selectFrom(FloatVector.fromArray(F, scales, scale + groups * step).reinterpretAsInts())
                    .reinterpretAsFloats();
            sum = a.add(b).fma(each, sum);
        }
        return Lanes.sum(sum);
    }
}
