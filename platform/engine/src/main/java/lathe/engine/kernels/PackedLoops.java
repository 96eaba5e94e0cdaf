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
 * with the input from memory), two more for the eight of a step. Sums of a step begin anew, so that the steps overlap; what
 * zero points make of the inputs' sums is no part of them.
 *
 * <p>The input lies outside the heap, where it is aligned: half of the vectors of an array would end in the next cache
 * line. Bodies stay at eight pieces, since the compiler gives up inlining vector operations in larger ones.
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

    /** sum + the codes under a mask times inputs outside the heap. */
    private static FloatVector piece(IntVector word, IntVector mask, long input, FloatVector sum) {
        return ((FloatVector) word.and(mask).convertShape(VectorOperators.I2F, F, 0)).fma(Lanes.floats(input), sum);
    }

    /** sum + the codes from a bit on times inputs outside the heap. */
    private static FloatVector top(IntVector word, int shift, long input, FloatVector sum) {
        return ((FloatVector) word.lanewise(VectorOperators.LSHR, shift).convertShape(VectorOperators.I2F, F, 0))
                .fma(Lanes.floats(input), sum);
    }

    /**
     * What zero points make of inputs: the sum over groups of scale * zero * sum of the inputs.
     *
     * @param groups how many
     * @param sums   address of the groups' sums
     * @param scales scales
     * @param scale  index of the first
     * @param zeros  zero points
     * @param zero   index of the first
     * @return what the product of the codes is too large by
     */
    static float zeroSum(int groups, long sums, float[] scales, int scale, float[] zeros, int zero) {
        FloatVector sum = FloatVector.zero(F);
        int g = 0;
        for (; g <= groups - N; g += N) {
            sum = FloatVector.fromArray(F, scales, scale + g)
                    .mul(FloatVector.fromArray(F, zeros, zero + g))
                    .fma(Lanes.floats(sums + 4L * g), sum);
        }
        float all = Lanes.sum(sum);
        for (; g < groups; g++) {
            all = Math.fma(scales[scale + g] * zeros[zero + g], Memory.getFloat(sums + 4L * g), all);
        }
        return all;
    }

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
        IntVector m6 = IntVector.broadcast(I, 0xf000000);
        FloatVector none = FloatVector.zero(F);
        FloatVector sum = none;
        for (int step = 0; step < steps; step++) {
            IntVector word = Lanes.ints(base + (long) BYTES * step);
            long x = inputs + 8L * BYTES * step;
            FloatVector a = piece(word, m0, x, none);
            FloatVector b = piece(word, m1, x + BYTES, none);
            a = piece(word, m2, x + 2 * BYTES, a);
            b = piece(word, m3, x + 3 * BYTES, b);
            a = piece(word, m4, x + 4 * BYTES, a);
            b = piece(word, m5, x + 5 * BYTES, b);
            a = piece(word, m6, x + 6 * BYTES, a);
            b = top(word, 28, x + 7 * BYTES, b);
            sum = a.add(b).fma(FloatVector.broadcast(F, scales[scale + step]), sum);
        }
        return Lanes.sum(sum);
    }

    /** Four bits, several scales a step. */
    static float nibblesOfGroups(long words, int steps, long input, float[] scales, int scale, int groups) {
        long base = Memory.known(words);
        long inputs = Memory.known(input);
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
            long x = inputs + 8L * BYTES * step;
            int g = groups * step;
            FloatVector a = piece(word, m0, x, none);
            FloatVector b = piece(word, m1, x + BYTES, none);
            a = piece(word, m2, x + 2 * BYTES, a);
            b = piece(word, m3, x + 3 * BYTES, b);
            a = piece(word, m4, x + 4 * BYTES, a);
            b = piece(word, m5, x + 5 * BYTES, b);
            a = piece(word, m6, x + 6 * BYTES, a);
            b = top(word, 28, x + 7 * BYTES, b);
            sum = a.add(b).fma(ofGroups(scales, scale + g, lanes), sum);
        }
        return Lanes.sum(sum);
    }

    /** Up to three bits: eight pieces of every word from a bit on. */
    static float small(long words, int steps, int shift, int bits, long input, float[] scales, int scale,
            int groups) {
        long base = Memory.known(words);
        long inputs = Memory.known(input);
        IntVector lanes = groupOfLane(groups);
        int mask = (1 << bits) - 1;
        IntVector m0 = IntVector.broadcast(I, mask);
        IntVector m1 = IntVector.broadcast(I, mask << bits);
        IntVector m2 = IntVector.broadcast(I, mask << 2 * bits);
        IntVector m3 = IntVector.broadcast(I, mask << 3 * bits);
        FloatVector none = FloatVector.zero(F);
        FloatVector sum = none;
        for (int step = 0; step < steps; step++) {
            IntVector word = Lanes.ints(base + (long) BYTES * step).lanewise(VectorOperators.LSHR, shift);
            long x = inputs + 8L * BYTES * step;
            int g = groups * step;
            FloatVector a = piece(word, m0, x, none);
            FloatVector b = piece(word, m1, x + BYTES, none);
            a = piece(word, m2, x + 2 * BYTES, a);
            b = piece(word, m3, x + 3 * BYTES, b);
            IntVector high = word.lanewise(VectorOperators.LSHR, 4 * bits);
            a = piece(high, m0, x + 4 * BYTES, a);
            b = piece(high, m1, x + 5 * BYTES, b);
            a = piece(high, m2, x + 6 * BYTES, a);
            b = piece(high, m3, x + 7 * BYTES, b);
            sum = a.add(b).fma(ofGroups(scales, scale + g, lanes), sum);
        }
        return Lanes.sum(sum);
    }

    /** Eight bits, one scale for two vectors of words. */
    static float bytePairs(long words, int steps, long input, float[] scales, int scale) {
        long base = Memory.known(words);
        long inputs = Memory.known(input);
        IntVector m0 = IntVector.broadcast(I, 0xff);
        IntVector m1 = IntVector.broadcast(I, 0xff00);
        IntVector m2 = IntVector.broadcast(I, 0xff0000);
        FloatVector none = FloatVector.zero(F);
        FloatVector sum = none;
        for (int step = 0; step < steps; step++) {
            IntVector first = Lanes.ints(base + 2L * BYTES * step);
            IntVector second = Lanes.ints(base + 2L * BYTES * step + BYTES);
            long x = inputs + 8L * BYTES * step;
            FloatVector a = piece(first, m0, x, none);
            FloatVector b = piece(first, m1, x + BYTES, none);
            a = piece(first, m2, x + 2 * BYTES, a);
            b = top(first, 24, x + 3 * BYTES, b);
            a = piece(second, m0, x + 4 * BYTES, a);
            b = piece(second, m1, x + 5 * BYTES, b);
            a = piece(second, m2, x + 6 * BYTES, a);
            b = top(second, 24, x + 7 * BYTES, b);
            sum = a.add(b).fma(FloatVector.broadcast(F, scales[scale + step]), sum);
        }
        return Lanes.sum(sum);
    }

    /** Eight bits, one scale or several for a vector of words. */
    static float bytes(long words, int steps, long input, float[] scales, int scale, int groups) {
        long base = Memory.known(words);
        long inputs = Memory.known(input);
        IntVector lanes = groupOfLane(groups);
        IntVector m0 = IntVector.broadcast(I, 0xff);
        IntVector m1 = IntVector.broadcast(I, 0xff00);
        IntVector m2 = IntVector.broadcast(I, 0xff0000);
        FloatVector none = FloatVector.zero(F);
        FloatVector sum = none;
        for (int step = 0; step < steps; step++) {
            IntVector word = Lanes.ints(base + (long) BYTES * step);
            long x = inputs + 4L * BYTES * step;
            int g = groups * step;
            FloatVector a = piece(word, m0, x, none);
            FloatVector b = piece(word, m1, x + BYTES, none);
            a = piece(word, m2, x + 2 * BYTES, a);
            b = top(word, 24, x + 3 * BYTES, b);
            sum = a.add(b).fma(ofGroups(scales, scale + g, lanes), sum);
        }
        return Lanes.sum(sum);
    }
}
