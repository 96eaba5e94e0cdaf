package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.BYTES;
import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.I;
import static lathe.engine.kernels.Lanes.N;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link PackedLoops}' loops over fields of four bits without their conversions: a masked word below 2^24 is, read as a
 * float, that integer times 2^-149, so that AND and multiplication are all that a vector of codes takes. The input is
 * scaled up in return ({@link VectorPackedDot#arrange}); all are powers of two, so results have the same bits. For
 * processors that multiply subnormal numbers as quickly as others. Measured: 3.1 ns for 64
 * codes in the second-level cache instead of 3.8, 3.9 from memory instead of 4.3.
 */
final class SubnormalLoops {
    private SubnormalLoops() {}

    /** sum + the codes under a mask times an input. */
    private static FloatVector piece(IntVector word, IntVector mask, float[] input, int at, FloatVector sum) {
        return word.and(mask).reinterpretAsFloats().fma(FloatVector.fromArray(F, input, at), sum);
    }

    /** Four bits, one scale a step. */
    static float nibbles(long words, int steps, float[] input, int at, float[] scales, int scale, float[] zeros,
            int zero) {
        long base = Memory.known(words);
        IntVector m0 = IntVector.broadcast(I, 0xf);
        IntVector m1 = IntVector.broadcast(I, 0xf0);
        IntVector m2 = IntVector.broadcast(I, 0xf00);
        IntVector m3 = IntVector.broadcast(I, 0xf000);
        IntVector m4 = IntVector.broadcast(I, 0xf0000);
        IntVector m5 = IntVector.broadcast(I, 0xf00000);
        FloatVector none = FloatVector.zero(F);
        FloatVector sum = none;
        for (int step = 0; step < steps; step++) {
            IntVector word = Lanes.ints(base + (long) BYTES * step);
            int x = at + 9 * N * step;
            FloatVector a = FloatVector.broadcast(F, zeros[zero + step])
                    .mul(FloatVector.fromArray(F, input, x + 8 * N));
            FloatVector b = piece(word, m0, input, x, none);
            a = piece(word, m1, input, x + N, a);
            b = piece(word, m2, input, x + 2 * N, b);
            a = piece(word, m3, input, x + 3 * N, a);
            b = piece(word, m4, input, x + 4 * N, b);
            a = piece(word, m5, input, x + 5 * N, a);
            IntVector high = word.lanewise(VectorOperators.LSHR, 8);
            b = piece(high, m4, input, x + 6 * N, b);
            a = piece(high, m5, input, x + 7 * N, a);
            sum = a.add(b).fma(FloatVector.broadcast(F, scales[scale + step]), sum);
        }
        return Lanes.sum(sum);
    }

    /** Four bits, several scales a step. */
    static float nibblesOfGroups(long words, int steps, float[] input, int at, float[] scales, int scale, float[] zeros,
            int zero, int groups) {
        long base = Memory.known(words);
        IntVector lanes = PackedLoops.groupOfLane(groups);
        IntVector m0 = IntVector.broadcast(I, 0xf);
        IntVector m1 = IntVector.broadcast(I, 0xf0);
        IntVector m2 = IntVector.broadcast(I, 0xf00);
        IntVector m3 = IntVector.broadcast(I, 0xf000);
        IntVector m4 = IntVector.broadcast(I, 0xf0000);
        IntVector m5 = IntVector.broadcast(I, 0xf00000);
        FloatVector none = FloatVector.zero(F);
        FloatVector sum = none;
        for (int step = 0; step < steps; step++) {
            IntVector word = Lanes.ints(base + (long) BYTES * step);
            int x = at + 9 * N * step;
            int g = groups * step;
            FloatVector a = PackedLoops.ofGroups(zeros, zero + g, lanes)
                    .mul(FloatVector.fromArray(F, input, x + 8 * N));
            FloatVector b = piece(word, m0, input, x, none);
            a = piece(word, m1, input, x + N, a);
            b = piece(word, m2, input, x + 2 * N, b);
            a = piece(word, m3, input, x + 3 * N, a);
            b = piece(word, m4, input, x + 4 * N, b);
            a = piece(word, m5, input, x + 5 * N, a);
            IntVector high = word.lanewise(VectorOperators.LSHR, 8);
            b = piece(high, m4, input, x + 6 * N, b);
            a = piece(high, m5, input, x + 7 * N, a);
            sum = a.add(b).fma(PackedLoops.ofGroups(scales, scale + g, lanes), sum);
        }
        return Lanes.sum(sum);
    }
}
