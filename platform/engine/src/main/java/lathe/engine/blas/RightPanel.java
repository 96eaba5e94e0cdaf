package lathe.engine.blas;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

import lathe.engine.kernels.Memory;

/**
 * Brings the right matrix of a product into the order in which {@link MicroKernel} reads it: groups of {@link
 * MicroKernel#COLUMNS} columns, of each group the first elements, then the second ones and so on, filled up with zeros to
 * whole groups and whole steps.
 *
 * <p>Matrices that are stored by columns are transposed by squares of four numbers of 32 bits in vectors of 128: the odd ones
 * of two columns change places, then the halves of two such pairs.
 */
public final class RightPanel {
    private static final int GROUP = MicroKernel.COLUMNS;
    private static final int FOUR = 4;
    /** Bytes that a square takes of each of its four columns. */
    private static final int SQUARE = 16;
    /** Bytes of numbers. */
    private static final int FLOAT = 4;
    private static final int HALF = 2;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_128;
    private static final VectorShuffle<Integer> HALVES = VectorShuffle.fromValues(INTS, 2, 3, 0, 1);
    private static final VectorMask<Integer> ODD = VectorMask.fromLong(INTS, 0b1010);
    private static final VectorMask<Integer> UPPER = VectorMask.fromLong(INTS, 0b1100);
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final MemorySegment ALL = Memory.ALL;
    private static final int HIGH = 0xffff0000;

    private RightPanel() {}

    /**
     * Length of packed lines.
     *
     * @param depth elements of a line
     * @return the next multiple of a step
     */
    static int padded(int depth) {
        return Math.ceilDiv(depth, MicroKernel.STEP) * MicroKernel.STEP;
    }

    /**
     * A matrix that is stored by rows.
     *
     * @param from   its first element's address
     * @param stride bytes from row to row
     * @return its packing
     */
    public static Packing byRows(long from, long stride) {
        return (first, lines, start, depth, panel) -> {
            int padded = padded(depth);
            for (int line = 0; line < lines; line += GROUP) {
                int at = line * padded;
                int count = Math.min(GROUP, lines - line);
                clear(panel, at, count, depth);
                for (int p = 0; p < depth; p++) {
                    MemorySegment.copy(ALL, ValueLayout.JAVA_FLOAT_UNALIGNED,
                            from + stride * (start + p) + 4L * (first + line), panel, at + p * GROUP, count);
                }
            }
        };
    }

    /**
     * A matrix that is stored by columns, as weights are: [outputs, inputs].
     *
     * @param from   its first element's address
     * @param stride bytes from column to column
     * @return its packing
     */
    public static Packing byColumns(long from, long stride) {
        return byColumns(from, stride, FLOAT);
    }

    /**
     * A matrix of bfloat16 numbers that is stored by columns; its numbers are widened on the way.
     *
     * @param from   its first element's address
     * @param stride bytes from column to column
     * @return its packing
     */
    public static Packing bf16ByColumns(long from, long stride) {
        return byColumns(from, stride, HALF);
    }

    private static Packing byColumns(long from, long stride, int bytes) {
        return (first, lines, start, depth, panel) -> {
            for (int line = 0; line < lines; line += GROUP) {
                int at = line * padded(depth);
                int count = Math.min(GROUP, lines - line);
                clear(panel, at, count, depth);
                long source = from + stride * (first + line) + (long) bytes * start;
                for (int i = 0; i < count; i++) {
                    boolean fours = i < count - count % FOUR;
                    int done = fours ? depth - depth % (SQUARE / bytes) : 0;
                    if (fours && i % FOUR == 0) {
                        squares(source + stride * i, stride, bytes, done, panel, at + i);
                    }
                    rest(source + stride * i, bytes, done, depth, panel, at + i);
                }
            }
        };
    }

    /** Four columns' elements up to some that are whole squares. */
    private static void squares(long from, long stride, int bytes, int depth, float[] panel, int at) {
        if (bytes == FLOAT) {
            floats(from, stride, depth * FLOAT / SQUARE, panel, at);
        } else {
            halves(from, stride, depth * HALF / SQUARE, panel, at);
        }
    }

    private static void clear(float[] panel, int at, int count, int depth) {
        int padded = padded(depth);
        if (count < GROUP) {
            Arrays.fill(panel, at, at + GROUP * padded, 0f);
        } else {
            Arrays.fill(panel, at + GROUP * depth, at + GROUP * padded, 0f);
        }
    }

    /** Four columns, four elements a turn. */
    private static void floats(long from, long stride, int squares, float[] panel, int start) {
        long a = Memory.known(from);
        long b = Memory.known(from + stride);
        long c = Memory.known(from + 2 * stride);
        long d = Memory.known(from + 3 * stride);
        int at = start;
        for (int turn = 0; turn < squares; turn++) {
            long i = 16L * (turn & Integer.MAX_VALUE);
            IntVector w = IntVector.fromMemorySegment(INTS, ALL, a + i, ORDER);
            IntVector x = IntVector.fromMemorySegment(INTS, ALL, b + i, ORDER);
            IntVector y = IntVector.fromMemorySegment(INTS, ALL, c + i, ORDER);
            IntVector z = IntVector.fromMemorySegment(INTS, ALL, d + i, ORDER);
            IntVector even = w.blend(left(x), ODD);
            IntVector odd = right(w).blend(x, ODD);
            IntVector evenBelow = y.blend(left(z), ODD);
            IntVector oddBelow = right(y).blend(z, ODD);
            even.blend(evenBelow.rearrange(HALVES), UPPER).reinterpretAsFloats().intoArray(panel, at);
            odd.blend(oddBelow.rearrange(HALVES), UPPER).reinterpretAsFloats().intoArray(panel, at + GROUP);
            even.rearrange(HALVES).blend(evenBelow, UPPER).reinterpretAsFloats().intoArray(panel, at + 2 * GROUP);
            odd.rearrange(HALVES).blend(oddBelow, UPPER).reinterpretAsFloats().intoArray(panel, at + 3 * GROUP);
            at += FOUR * GROUP;
        }
    }

    /** Four columns, four pairs of elements a turn. */
    private static void halves(long from, long stride, int squares, float[] panel, int start) {
        long a = Memory.known(from);
        long b = Memory.known(from + stride);
        long c = Memory.known(from + 2 * stride);
        long d = Memory.known(from + 3 * stride);
        int at = start;
        for (int turn = 0; turn < squares; turn++) {
            long i = 16L * (turn & Integer.MAX_VALUE);
            IntVector w = IntVector.fromMemorySegment(INTS, ALL, a + i, ORDER);
            IntVector x = IntVector.fromMemorySegment(INTS, ALL, b + i, ORDER);
            IntVector y = IntVector.fromMemorySegment(INTS, ALL, c + i, ORDER);
            IntVector z = IntVector.fromMemorySegment(INTS, ALL, d + i, ORDER);
            IntVector even = w.blend(left(x), ODD);
            IntVector odd = right(w).blend(x, ODD);
            IntVector evenBelow = y.blend(left(z), ODD);
            IntVector oddBelow = right(y).blend(z, ODD);
            IntVector pairs = even.blend(evenBelow.rearrange(HALVES), UPPER);
            pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(panel, at);
            pairs.and(HIGH).reinterpretAsFloats().intoArray(panel, at + GROUP);
            pairs = odd.blend(oddBelow.rearrange(HALVES), UPPER);
            pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(panel, at + 2 * GROUP);
            pairs.and(HIGH).reinterpretAsFloats().intoArray(panel, at + 3 * GROUP);
            pairs = even.rearrange(HALVES).blend(evenBelow, UPPER);
            pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(panel, at + 4 * GROUP);
            pairs.and(HIGH).reinterpretAsFloats().intoArray(panel, at + 5 * GROUP);
            pairs = odd.rearrange(HALVES).blend(oddBelow, UPPER);
            pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(panel, at + 6 * GROUP);
            pairs.and(HIGH).reinterpretAsFloats().intoArray(panel, at + 7 * GROUP);
            at += 2 * FOUR * GROUP;
        }
    }

    /** Every lane's number in the next odd lane. */
    private static IntVector left(IntVector lanes) {
        return lanes.reinterpretAsLongs().lanewise(VectorOperators.LSHL, 32).reinterpretAsInts();
    }

    private static IntVector right(IntVector lanes) {
        return lanes.reinterpretAsLongs().lanewise(VectorOperators.LSHR, 32).reinterpretAsInts();
    }

    private static void rest(long from, int bytes, int start, int depth, float[] panel, int at) {
        for (int p = start; p < depth; p++) {
            long element = from + (long) bytes * p;
            panel[at + p * GROUP] = bytes == FLOAT
                    ? Memory.getFloat(element)
                    : Float.intBitsToFloat(Memory.getShort(element) << 16);
        }
    }
}
