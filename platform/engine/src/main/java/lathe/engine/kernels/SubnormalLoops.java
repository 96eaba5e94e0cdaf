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
 * {@link PackedLoops}' loops over fields of up to four bits without their conversions: a masked word below 2^24 is, read as a
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

    /** Up to three bits, one scale a step: eight pieces of the lower three bytes. */
    static float small(long words, int steps, int bits, long input, float[] scales, int scale) {
        long base = Memory.known(words);
        long inputs = Memory.known(input);
        int mask = (1 << bits) - 1;
        IntVector m0 = IntVector.broadcast(I, mask);
        IntVector m1 = IntVector.broadcast(I, mask << bits);
        IntVector m2 = IntVector.broadcast(I, mask << 2 * bits);
        IntVector m3 = IntVector.broadcast(I, mask << 3 * bits);
        IntVector m4 = IntVector.broadcast(I, mask << 4 * bits);
        IntVector m5 = IntVector.broadcast(I, mask << 5 * bits);
        IntVector m6 = IntVector.broadcast(I, mask << 6 * bits);
        IntVector m7 = IntVector.broadcast(I, mask << 7 * bits);
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
            a = word.and(m6).reinterpretAsFloats()
                    .fma(FloatVector.fromMemorySegment(F, ALL, x + 6 * BYTES, ORDER), a);
            b = word.and(m7).reinterpretAsFloats()
                    .fma(FloatVector.fromMemorySegment(F, ALL, x + 7 * BYTES, ORDER), b);
            sum = a.add(b).fma(FloatVector.broadcast(F, scales[scale + step]), sum);
        }
        return Lanes.sum(sum);
    }

    /**
     * Up to three bits, scales by lane: four pieces of every word from one bit on, and four from another. Four masks instead
     * of eight, which would leave the sum no register.
     *
     * @param scales address of the lanes' scales
     */
    static float halves(long words, int steps, int first, int second, int bits, long input, long scales) {
        long base = Memory.known(words);
        long inputs = Memory.known(input);
        long lanes = Memory.known(scales);
        int mask = (1 << bits) - 1;
        IntVector toFirst = IntVector.broadcast(I, first);
        IntVector toSecond = IntVector.broadcast(I, second);
        IntVector m0 = IntVector.broadcast(I, mask);
        IntVector m1 = IntVector.broadcast(I, mask << bits);
        IntVector m2 = IntVector.broadcast(I, mask << 2 * bits);
        IntVector m3 = IntVector.broadcast(I, mask << 3 * bits);
        FloatVector sum = FloatVector.zero(F);
        for (int step = 0; step < steps; step++) {
            IntVector word = IntVector.fromMemorySegment(I, ALL, base + (long) BYTES * step, ORDER);
            IntVector low = word.lanewise(VectorOperators.LSHR, toFirst);
            IntVector high = word.lanewise(VectorOperators.LSHR, toSecond);
            long x = inputs + 8L * BYTES * step;
            FloatVector a = low.and(m0).reinterpretAsFloats()
                    .mul(FloatVector.fromMemorySegment(F, ALL, x, ORDER));
            FloatVector b = low.and(m1).reinterpretAsFloats()
                    .mul(FloatVector.fromMemorySegment(F, ALL, x + BYTES, ORDER));
            a = low.and(m2).reinterpretAsFloats()
                    .fma(FloatVector.fromMemorySegment(F, ALL, x + 2 * BYTES, ORDER), a);
            b = low.and(m3).reinterpretAsFloats()
                    .fma(FloatVector.fromMemorySegment(F, ALL, x + 3 * BYTES, ORDER), b);
            a = high.and(m0).reinterpretAsFloats()
                    .fma(FloatVector.fromMemorySegment(F, ALL, x + 4 * BYTES, ORDER), a);
            b = high.and(m1).reinterpretAsFloats()
                    .fma(FloatVector.fromMemorySegment(F, ALL, x + 5 * BYTES, ORDER), b);
            a = high.and(m2).reinterpretAsFloats()
                    .fma(FloatVector.fromMemorySegment(F, ALL, x + 6 * BYTES, ORDER), a);
            b = high.and(m3).reinterpretAsFloats()
                    .fma(FloatVector.fromMemorySegment(F, ALL, x + 7 * BYTES, ORDER), b);
            sum = a.add(b).fma(FloatVector.fromMemorySegment(F, ALL, lanes + (long) BYTES * step, ORDER), sum);
        }
        return Lanes.sum(sum);
    }
}
