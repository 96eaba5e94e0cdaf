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
 * Rows of eight bits, one after the other in one loop as {@link NibbleRows} takes those of four, which says why the lanes' sums
 * are left to another. A loop of one row was drawn into the methods around it, past the compiler's budget, and took ten times
 * as long.
 */
final class ByteRows {
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private ByteRows() {}

    /**
     * The lanes' sums of rows: four codes a word, two vectors of words and one scale a step.
     *
     * @param codes    address of the first row
     * @param rowBytes from one row to the next
     * @param rows     how many
     * @param steps    pairs of vectors of words of a row
     * @param input    address of the arranged input
     * @param scales   address of the scales, one a step, row by row
     * @param field    255: a mask that is a parameter stays in a register
     * @param lanes    receives a vector a row
     */
    static void multiply(long codes, long rowBytes, int rows, int steps, long input, long scales, int field,
            long lanes) {
        long inputs = Memory.known(input);
        IntVector m0 = IntVector.broadcast(I, field);
        IntVector m1 = IntVector.broadcast(I, field << 8);
        IntVector m2 = IntVector.broadcast(I, field << 16);
        for (int row = 0; row < rows; row++) {
            long base = Memory.known(codes + rowBytes * row);
            long scale = Memory.known(scales + 4L * steps * row);
            FloatVector sum = FloatVector.zero(F);
            for (int i = 0; i < steps; i++) {
                int step = i & Integer.MAX_VALUE;
                IntVector word = IntVector.fromMemorySegment(I, ALL, base + 2L * BYTES * step, ORDER);
                long x = inputs + 8L * BYTES * step;
                FloatVector a = ((FloatVector) word.and(m0).convertShape(VectorOperators.I2F, F, 0))
                        .mul(FloatVector.fromMemorySegment(F, ALL, x, ORDER));
                FloatVector b = ((FloatVector) word.and(m1).convertShape(VectorOperators.I2F, F, 0))
                        .mul(FloatVector.fromMemorySegment(F, ALL, x + BYTES, ORDER));
                a = ((FloatVector) word.and(m2).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, x + 2 * BYTES, ORDER), a);
                b = ((FloatVector) word.lanewise(VectorOperators.LSHR, 24).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, x + 3 * BYTES, ORDER), b);
                word = IntVector.fromMemorySegment(I, ALL, base + 2L * BYTES * step + BYTES, ORDER);
                a = ((FloatVector) word.and(m0).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, x + 4 * BYTES, ORDER), a);
                b = ((FloatVector) word.and(m1).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, x + 5 * BYTES, ORDER), b);
                a = ((FloatVector) word.and(m2).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, x + 6 * BYTES, ORDER), a);
                b = ((FloatVector) word.lanewise(VectorOperators.LSHR, 24).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, x + 7 * BYTES, ORDER), b);
                sum = a.add(b).fma(FloatVector.broadcast(F, Memory.getFloat(scale + 4L * step)), sum);
            }
            sum.intoMemorySegment(ALL, lanes + (long) BYTES * row, ORDER);
        }
    }

    /**
     * The same with one vector of words a step, whose lanes have a scale together or several.
     *
     * @param codes    address of the first row
     * @param rowBytes from one row to the next
     * @param rows     how many
     * @param steps    vectors of words of a row
     * @param input    address of the arranged input
     * @param scales   address of the scales, {@code groups * steps} a row, with a vector of anything after them
     * @param groups   scales of a step, a power of two
     * @param field    255, as above
     * @param lanes    receives a vector a row
     */
    static void multiplyGroups(long codes, long rowBytes, int rows, int steps, long input, long scales, int groups,
            int field, long lanes) {
        long inputs = Memory.known(input);
        IntVector group = PackedLoops.groupOfLane(groups);
        IntVector m0 = IntVector.broadcast(I, field);
        IntVector m1 = IntVector.broadcast(I, field << 8);
        IntVector m2 = IntVector.broadcast(I, field << 16);
        for (int row = 0; row < rows; row++) {
            long base = Memory.known(codes + rowBytes * row);
            long scale = Memory.known(scales + 4L * groups * steps * row);
            FloatVector sum = FloatVector.zero(F);
            for (int i = 0; i < steps; i++) {
                int step = i & Integer.MAX_VALUE;
                IntVector word = IntVector.fromMemorySegment(I, ALL, base + (long) BYTES * step, ORDER);
                long x = inputs + 4L * BYTES * step;
                FloatVector a = ((FloatVector) word.and(m0).convertShape(VectorOperators.I2F, F, 0))
                        .mul(FloatVector.fromMemorySegment(F, ALL, x, ORDER));
                FloatVector b = ((FloatVector) word.and(m1).convertShape(VectorOperators.I2F, F, 0))
                        .mul(FloatVector.fromMemorySegment(F, ALL, x + BYTES, ORDER));
                a = ((FloatVector) word.and(m2).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, x + 2 * BYTES, ORDER), a);
                b = ((FloatVector) word.lanewise(VectorOperators.LSHR, 24).convertShape(VectorOperators.I2F, F, 0))
                        .fma(FloatVector.fromMemorySegment(F, ALL, x + 3 * BYTES, ORDER), b);
                IntVector each = IntVector.fromMemorySegment(I, ALL, scale + 4L * groups * step, ORDER);
                sum = a.add(b).fma(group.selectFrom(each).reinterpretAsFloats(), sum);
            }
            sum.intoMemorySegment(ALL, Memory.known(lanes + (long) BYTES * row), ORDER);
        }
    }
}
