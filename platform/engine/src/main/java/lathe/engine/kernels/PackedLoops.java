package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.BYTES;
import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.I;
import static lathe.engine.kernels.Lanes.N;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The inner loops of {@link VectorPackedDot}: three instructions for a vector of codes (AND, conversion, multiplication
 * with the input from memory), five more for the eight of a step. Sums of a step begin anew, so that the steps overlap.
 *
 * <p>The input comes from a Java array: loads of it need no bounds checks, which in this loop cost more than the loads.
 * Bodies stay at eight pieces, since the compiler gives up inlining vector operations in larger ones.
 */
final class PackedLoops {
    /** For one, two, four ... groups a vector: which group each lane is of. */
    private static final int[] GROUP_OF_LANE = groupsOfLanes();

    private PackedLoops() {}

    private static int[] groupsOfLanes() {
        int[] all = new int[(Integer.numberOfTrailingZeros(N) + 1) * N];
        for (int i = 0; i < all.length; i++) {
            all[i] = i % N >> Integer.numberOfTrailingZeros(N) - i / N;
        }
        return all;
    }

    /**
     * Which group each lane is of.
     *
     * @param groups groups of a vector, a power of two
     */
    static IntVector groupOfLane(int groups) {
        return IntVector.fromArray(I, GROUP_OF_LANE, N * Integer.numberOfTrailingZeros(groups));
    }

    /** The number of each lane's group. */
    static FloatVector ofGroups(float[] numbers, int at, IntVector lanes) {
        return lanes.selectFrom(FloatVector.fromArray(F, numbers, at).reinterpretAsInts()).reinterpretAsFloats();
    }

    /** sum + the codes under a mask times an input. */
    static FloatVector piece(IntVector word, IntVector mask, float[] input, int at, FloatVector sum) {
        return ((FloatVector) word.and(mask).convertShape(VectorOperators.I2F, F, 0))
                .fma(FloatVector.fromArray(F, input, at), sum);
    }

    /** sum + the codes from a bit on times an input. */
    static FloatVector top(IntVector word, int shift, float[] input, int at, FloatVector sum) {
        return ((FloatVector) word.lanewise(VectorOperators.LSHR, shift).convertShape(VectorOperators.I2F, F, 0))
                .fma(FloatVector.fromArray(F, input, at), sum);
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
        IntVector m6 = IntVector.broadcast(I, 0xf000000);
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
            b = piece(word, m6, input, x + 6 * N, b);
            a = top(word, 28, input, x + 7 * N, a);
            sum = a.add(b).fma(FloatVector.broadcast(F, scales[scale + step]), sum);
        }
        return Lanes.sum(sum);
    }

    /** Four bits, several scales a step. */
    static float nibblesOfGroups(long words, int steps, float[] input, int at, float[] scales, int scale, float[] zeros,
            int zero, int groups) {
        long base = Memory.known(words);
        IntVector lanes = groupOfLane(groups);
        IntVector m0 = IntVector.broadcast(I, 0xf);
        IntVector m1 = IntVector.broadcast(I, 0xf0);
        IntVector m2 = IntVector.broadcast(I, 0xf00);
        IntVector m3 = IntVector.broadcast(I, 0xf000);
        IntVector m4 = IntVector.broadcast(I, 0xf0000);
        IntVector m5 = IntVector.broadcast(I, 0xf00000);
        IntVector m6 = IntVector.broadcast(I, 0xf000000);
        FloatVector none = FloatVector.zero(F);
        FloatVector sum = none;
        for (int step = 0; step < steps; step++) {
            IntVector word = Lanes.ints(base + (long) BYTES * step);
            int x = at + 9 * N * step;
            int g = groups * step;
            FloatVector a = ofGroups(zeros, zero + g, lanes).mul(FloatVector.fromArray(F, input, x + 8 * N));
            FloatVector b = piece(word, m0, input, x, none);
            a = piece(word, m1, input, x + N, a);
            b = piece(word, m2, input, x + 2 * N, b);
            a = piece(word, m3, input, x + 3 * N, a);
            b = piece(word, m4, input, x + 4 * N, b);
            a = piece(word, m5, input, x + 5 * N, a);
            b = piece(word, m6, input, x + 6 * N, b);
            a = top(word, 28, input, x + 7 * N, a);
            sum = a.add(b).fma(ofGroups(scales, scale + g, lanes), sum);
        }
        return Lanes.sum(sum);
    }

    /** One or two bits: eight pieces of every word from a bit on. */
    static float small(long words, int steps, int shift, int bits, float[] input, int at, float[] scales, int scale,
            float[] zeros, int zero,
            int groups) {
        long base = Memory.known(words);
        IntVector lanes = groupOfLane(groups);
        int mask = (1 << bits) - 1;
        IntVector m0 = IntVector.broadcast(I, mask);
        IntVector m1 = IntVector.broadcast(I, mask << bits);
        IntVector m2 = IntVector.broadcast(I, mask << 2 * bits);
        IntVector m3 = IntVector.broadcast(I, mask << 3 * bits);
        IntVector m4 = IntVector.broadcast(I, mask << 4 * bits);
        IntVector m5 = IntVector.broadcast(I, mask << 5 * bits);
        IntVector m6 = IntVector.broadcast(I, mask << 6 * bits);
        IntVector m7 = IntVector.broadcast(I, mask << 7 * bits);
        FloatVector none = FloatVector.zero(F);
        FloatVector sum = none;
        for (int step = 0; step < steps; step++) {
            IntVector word = Lanes.ints(base + (long) BYTES * step).lanewise(VectorOperators.LSHR, shift);
            int x = at + 9 * N * step;
            int g = groups * step;
            FloatVector a = ofGroups(zeros, zero + g, lanes).mul(FloatVector.fromArray(F, input, x + 8 * N));
            FloatVector b = piece(word, m0, input, x, none);
            a = piece(word, m1, input, x + N, a);
            b = piece(word, m2, input, x + 2 * N, b);
            a = piece(word, m3, input, x + 3 * N, a);
            b = piece(word, m4, input, x + 4 * N, b);
            a = piece(word, m5, input, x + 5 * N, a);
            b = piece(word, m6, input, x + 6 * N, b);
            a = piece(word, m7, input, x + 7 * N, a);
            sum = a.add(b).fma(ofGroups(scales, scale + g, lanes), sum);
        }
        return Lanes.sum(sum);
    }

    /** Eight bits, one scale for two vectors of words. */
    static float bytePairs(long words, int steps, float[] input, int at, float[] scales, int scale, float[] zeros,
            int zero) {
        long base = Memory.known(words);
        IntVector m0 = IntVector.broadcast(I, 0xff);
        IntVector m1 = IntVector.broadcast(I, 0xff00);
        IntVector m2 = IntVector.broadcast(I, 0xff0000);
        FloatVector none = FloatVector.zero(F);
        FloatVector sum = none;
        for (int step = 0; step < steps; step++) {
            IntVector first = Lanes.ints(base + 2L * BYTES * step);
            IntVector second = Lanes.ints(base + 2L * BYTES * step + BYTES);
            int x = at + 9 * N * step;
            FloatVector a = FloatVector.broadcast(F, zeros[zero + step])
                    .mul(FloatVector.fromArray(F, input, x + 8 * N));
            FloatVector b = piece(first, m0, input, x, none);
            a = piece(first, m1, input, x + N, a);
            b = piece(first, m2, input, x + 2 * N, b);
            a = top(first, 24, input, x + 3 * N, a);
            b = piece(second, m0, input, x + 4 * N, b);
            a = piece(second, m1, input, x + 5 * N, a);
            b = piece(second, m2, input, x + 6 * N, b);
            a = top(second, 24, input, x + 7 * N, a);
            sum = a.add(b).fma(FloatVector.broadcast(F, scales[scale + step]), sum);
        }
        return Lanes.sum(sum);
    }

    /** Eight bits, one scale or several for a vector of words. */
    static float bytes(long words, int steps, float[] input, int at, float[] scales, int scale, float[] zeros, int zero,
            int groups) {
        long base = Memory.known(words);
        IntVector lanes = groupOfLane(groups);
        IntVector m0 = IntVector.broadcast(I, 0xff);
        IntVector m1 = IntVector.broadcast(I, 0xff00);
        IntVector m2 = IntVector.broadcast(I, 0xff0000);
        FloatVector none = FloatVector.zero(F);
        FloatVector sum = none;
        for (int step = 0; step < steps; step++) {
            IntVector word = Lanes.ints(base + (long) BYTES * step);
            int x = at + 5 * N * step;
            int g = groups * step;
            FloatVector a = ofGroups(zeros, zero + g, lanes).mul(FloatVector.fromArray(F, input, x + 4 * N));
            FloatVector b = piece(word, m0, input, x, none);
            a = piece(word, m1, input, x + N, a);
            b = piece(word, m2, input, x + 2 * N, b);
            a = top(word, 24, input, x + 3 * N, a);
            sum = a.add(b).fma(ofGroups(scales, scale + g, lanes), sum);
        }
        return Lanes.sum(sum);
    }
}
