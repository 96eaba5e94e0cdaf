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
 * Rows of two and three bits, one after the other in one loop as {@link NibbleRows} takes those of four, which says why the
 * lanes' sums are left to another: {@link NibbleRows#finish}. Codes are converted, not read as subnormal numbers: that took
 * twice as long for codes of so few bits (measured, one core, 64 codes of two bits: 6 and 3.8 ns). Lanes have scales of
 * their own, since a group of 64 codes of two bits is half a vector.
 */
final class LowBitRows {
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    /** Masks of the lower four codes of two bits of a word, a vector each. */
    static final int[] TWOS = new int[4 * N];

    static {
        for (int i = 0; i < TWOS.length; i++) {
            TWOS[i] = 3 << 2 * (i / N);
        }
    }

    private LowBitRows() {}

    /**
     * Two bits: sixteen codes a word.
     *
     * @param codes    address of the first row
     * @param rowBytes from one row to the next
     * @param rows     how many
     * @param steps    vectors of words of a row
     * @param input    address of the arranged input
     * @param scales   address of the scales, {@code groups * steps} a row, with a vector of anything after them
     * @param groups   scales of a step, a power of two
     * @param fields   {@link #TWOS}: masks that are constants, or a number shifted, are loaded anew in every step
     * @param lanes    receives a vector a row
     */
    static void twos(long codes, long rowBytes, int rows, int steps, long input, long scales, int groups, int[] fields,
            long lanes) {
        long inputs = Memory.known(input);
        long others = Memory.known(input + 8L * BYTES * steps);
        IntVector group = PackedLoops.groupOfLane(groups);
        IntVector m0 = IntVector.fromArray(I, fields, 0);
        IntVector m1 = IntVector.fromArray(I, fields, N);
        IntVector m2 = IntVector.fromArray(I, fields, 2 * N);
        IntVector m3 = IntVector.fromArray(I, fields, 3 * N);
        for (int row = 0; row < rows; row++) {
            long base = Memory.known(codes + rowBytes * row);
            long scale = Memory.known(scales + 4L * groups * steps * row);
            FloatVector sum = FloatVector.zero(F);
            for (int i = 0; i < steps; i++) {
                int step = i & Integer.MAX_VALUE;
                IntVector word = IntVector.fromMemorySegment(I, ALL, base + (long) BYTES * step, ORDER);
                long x = inputs + 8L * BYTES * step;
                FloatVector a = ((FloatVector) word.and(m0).convertShape(VectorOperators.I2F, F, 0))
                        .mul(FloatVector.fromMemorySegment(F, ALL, x, ORDER));
                FloatVector b = ((FloatVector) word.and(m1).convertShape(VectorOperators.I2F, F, 0))
                        .mul(FloatVector.fromMemorySegment(F, ALL, x + BYTES, ORDER));
                a = ((FloatVector) word.and(m2).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, x + 2 * BYTES, ORDER), a);
                b = ((FloatVector) word.and(m3).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, x + 3 * BYTES, ORDER), b);
                IntVector next = word.lanewise(VectorOperators.LSHR, 8);
                a = ((FloatVector) next.and(m0).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, x + 4 * BYTES, ORDER), a);
                b = ((FloatVector) next.and(m1).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, x + 5 * BYTES, ORDER), b);
                a = ((FloatVector) next.and(m2).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, x + 6 * BYTES, ORDER), a);
                b = ((FloatVector) next.and(m3).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, x + 7 * BYTES, ORDER), b);
                long y = others + 8L * BYTES * step;
                next = word.lanewise(VectorOperators.LSHR, 16);
                a = ((FloatVector) next.and(m0).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, y, ORDER), a);
                b = ((FloatVector) next.and(m1).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, y + BYTES, ORDER), b);
                a = ((FloatVector) next.and(m2).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, y + 2 * BYTES, ORDER), a);
                b = ((FloatVector) next.and(m3).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, y + 3 * BYTES, ORDER), b);
                next = word.lanewise(VectorOperators.LSHR, 24);
                a = ((FloatVector) next.and(m0).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, y + 4 * BYTES, ORDER), a);
                b = ((FloatVector) next.and(m1).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, y + 5 * BYTES, ORDER), b);
                a = ((FloatVector) next.and(m2).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, y + 6 * BYTES, ORDER), a);
                b = ((FloatVector) next.and(m3).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, y + 7 * BYTES, ORDER), b);
                IntVector each = IntVector.fromMemorySegment(I, ALL, scale + 4L * groups * step, ORDER);
                sum = a.add(b).fma(group.selectFrom(each).reinterpretAsFloats(), sum);
            }
            sum.intoMemorySegment(ALL, Memory.known(lanes + (long) BYTES * row), ORDER);
        }
    }

    /**
     * Three bits: eight codes of three bytes, brought into the lower three bytes of a word each as {@link ThreeBitWords}
     * does, without a detour through memory. Reads up to a vector beyond the last row.
     *
     * @param codes    address of the first row
     * @param rowBytes from one row to the next
     * @param rows     how many
     * @param steps    vectors of words of a row
     * @param input    address of the arranged input
     * @param scales   address of the scales, {@code groups * steps} a row, with a vector of anything after them
     * @param groups   scales of a step, a power of two
     * @param field    7, of which the compiler must not know it
     * @param lanes    receives a vector a row
     */
    static void threes(long codes, long rowBytes, int rows, int steps, long input, long scales, int groups, int field,
            long lanes) {
        long inputs = Memory.known(input);
        IntVector group = PackedLoops.groupOfLane(groups);
        IntVector lower = ThreeBitWords.lower();
        IntVector upper = ThreeBitWords.upper();
        IntVector down = ThreeBitWords.down();
        IntVector up = ThreeBitWords.up();
        IntVector m0 = IntVector.broadcast(I, field);
        IntVector m1 = IntVector.broadcast(I, field << 3);
        IntVector m2 = IntVector.broadcast(I, field << 6);
        IntVector m3 = IntVector.broadcast(I, field << 9);
        for (int row = 0; row < rows; row++) {
            long base = Memory.known(codes + rowBytes * row);
            long scale = Memory.known(scales + 4L * groups * steps * row);
            FloatVector sum = FloatVector.zero(F);
            for (int i = 0; i < steps; i++) {
                int step = i & Integer.MAX_VALUE;
                IntVector packed = IntVector.fromMemorySegment(I, ALL, base + 3L * N * step, ORDER);
                IntVector word = lower.selectFrom(packed)
                        .lanewise(VectorOperators.LSHR, down)
                        .or(upper.selectFrom(packed).lanewise(VectorOperators.LSHL, up));
                long x = inputs + 8L * BYTES * step;
                FloatVector a = ((FloatVector) word.and(m0).convertShape(VectorOperators.I2F, F, 0))
                        .mul(FloatVector.fromMemorySegment(F, ALL, x, ORDER));
                FloatVector b = ((FloatVector) word.and(m1).convertShape(VectorOperators.I2F, F, 0))
                        .mul(FloatVector.fromMemorySegment(F, ALL, x + BYTES, ORDER));
                a = ((FloatVector) word.and(m2).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, x + 2 * BYTES, ORDER), a);
                b = ((FloatVector) word.and(m3).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, x + 3 * BYTES, ORDER), b);
                IntVector high = word.lanewise(VectorOperators.LSHR, 12);
                a = ((FloatVector) high.and(m0).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, x + 4 * BYTES, ORDER), a);
                b = ((FloatVector) high.and(m1).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, x + 5 * BYTES, ORDER), b);
                a = ((FloatVector) high.and(m2).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, x + 6 * BYTES, ORDER), a);
                b = ((FloatVector) high.and(m3).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, x + 7 * BYTES, ORDER), b);
                IntVector each = IntVector.fromMemorySegment(I, ALL, scale + 4L * groups * step, ORDER);
                sum = a.add(b).fma(group.selectFrom(each).reinterpretAsFloats(), sum);
            }
            sum.intoMemorySegment(ALL, Memory.known(lanes + (long) BYTES * row), ORDER);
        }
    }
}
