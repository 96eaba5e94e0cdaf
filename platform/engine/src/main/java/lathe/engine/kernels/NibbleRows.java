package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.BYTES;
import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.I;
import static lathe.engine.kernels.Lanes.N;
import static lathe.engine.kernels.Memory.ALL;

import java.nio.ByteOrder;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Rows of four bits, one after the other in one loop, to the bits of {@link SubnormalLoops#nibbles} and
 * {@link PackedLoops#zeroSum}. What the lanes add up to is left to a second loop: a method with this many vector operations
 * reaches the compiler's limit before its end, and the sum of lanes there became a call with a vector as an object, which
 * took twice as long as the codes of a row of a thousand columns. Rows are not taken two at a time, since the processor
 * fetches one stream ahead, but not two in a page (measured: 3 and 6 ns for 64 codes).
 */
final class NibbleRows {
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final VectorSpecies<Long> L = VectorSpecies.of(long.class, I.vectorShape());

    private NibbleRows() {}

    /**
     * The lanes' sums of rows: of every step the codes times the input, times the step's scale.
     *
     * @param codes    address of the first row
     * @param rowBytes from one row to the next
     * @param rows     how many
     * @param steps    vectors of words of a row, each with one scale
     * @param input    address of the arranged input
     * @param scales   address of the scales, as many as steps a row
     * @param field    15, of which the compiler must not know it: it would load masks that are constants anew in every step
     * @param lanes    receives a vector a row
     */
    static void multiply(long codes, long rowBytes, int rows, int steps, long input, long scales, int field,
            long lanes) {
        long inputs = Memory.known(input);
        IntVector m0 = IntVector.broadcast(I, field);
        IntVector m1 = IntVector.broadcast(I, field << 4);
        IntVector m2 = IntVector.broadcast(I, field << 8);
        IntVector m3 = IntVector.broadcast(I, field << 12);
        IntVector m4 = IntVector.broadcast(I, field << 16);
        IntVector m5 = IntVector.broadcast(I, field << 20);
        for (int row = 0; row < rows; row++) {
            long base = Memory.known(codes + rowBytes * row);
            long scale = Memory.known(scales + 4L * steps * row);
            FloatVector sum = FloatVector.zero(F);
            for (int i = 0; i < steps; i++) {
                // The compiler knows now that no address is negative: it checks none, and prepares nothing for it a row.
                int step = i & Integer.MAX_VALUE;
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
                sum = a.add(b).fma(FloatVector.broadcast(F, Memory.getFloat(scale + 4L * step)), sum);
            }
            sum.intoMemorySegment(ALL, Memory.known(lanes + (long) BYTES * row), ORDER);
        }
    }

    /**
     * The same where a step has two scales, one for each half of its lanes: they are read as one number, since a vector of
     * scales would mostly end in the next cache line (measured at 512 bits, 4096 columns: 110 and 94 ns a row).
     *
     * @param codes    address of the first row
     * @param rowBytes from one row to the next
     * @param rows     how many
     * @param steps    vectors of words of a row
     * @param input    address of the arranged input
     * @param scales   address of the scales, twice as many as steps a row
     * @param field    15, as above
     * @param lanes    receives a vector a row
     */
    static void multiplyPairs(long codes, long rowBytes, int rows, int steps, long input, long scales, int field,
            long lanes) {
        long inputs = Memory.known(input);
        IntVector group = PackedLoops.groupOfLane(2);
        IntVector m0 = IntVector.broadcast(I, field);
        IntVector m1 = IntVector.broadcast(I, field << 4);
        IntVector m2 = IntVector.broadcast(I, field << 8);
        IntVector m3 = IntVector.broadcast(I, field << 12);
        IntVector m4 = IntVector.broadcast(I, field << 16);
        IntVector m5 = IntVector.broadcast(I, field << 20);
        for (int row = 0; row < rows; row++) {
            long base = Memory.known(codes + rowBytes * row);
            long scale = Memory.known(scales + 8L * steps * row);
            FloatVector sum = FloatVector.zero(F);
            for (int i = 0; i < steps; i++) {
                int step = i & Integer.MAX_VALUE;
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
                IntVector each = LongVector.broadcast(L, Memory.getLong(scale + 8L * step)).reinterpretAsInts();
                sum = a.add(b).fma(group.selectFrom(each).reinterpretAsFloats(), sum);
            }
            sum.intoMemorySegment(ALL, Memory.known(lanes + (long) BYTES * row), ORDER);
        }
    }

    /**
     * Products of rows from the sums of their lanes, less what the zero points make of them.
     *
     * @param rows     how many
     * @param lanes    address of a vector a row
     * @param unit     what these are multiplied by
     * @param groups   groups of a row
     * @param sums     address of the sums of the groups' inputs
     * @param scales   address of the scales, as many as groups a row
     * @param zeros    address of the zero points
     * @param zeroStep from one row's zero points to the next, in bytes
     * @param output   address of the first product
     */
    static void finish(int rows, long lanes, float unit, int groups, long sums, long scales, long zeros, long zeroStep,
            long output) {
        long known = Memory.known(sums);
        for (int row = 0; row < rows; row++) {
            long scale = Memory.known(scales + 4L * groups * row);
            long zero = Memory.known(zeros + zeroStep * row);
            FloatVector less = FloatVector.zero(F);
            int g = 0;
            for (; g <= groups - N; g += N) {
                less = FloatVector.fromMemorySegment(F, ALL, scale + 4L * g, ORDER)
                        .mul(FloatVector.fromMemorySegment(F, ALL, zero + 4L * g, ORDER))
                        .fma(FloatVector.fromMemorySegment(F, ALL, known + 4L * g, ORDER), less);
            }
            float all = Lanes.sum(less);
            for (; g < groups; g++) {
                all = Math.fma(Memory.getFloat(scale + 4L * g) * Memory.getFloat(zero + 4L * g),
                        Memory.getFloat(known + 4L * g), all);
            }
            FloatVector sum = FloatVector.fromMemorySegment(F, ALL, Memory.known(lanes + (long) BYTES * row), ORDER);
            Memory.setFloat(output + 4L * row, unit * Lanes.sum(sum) - all);
        }
    }
}
