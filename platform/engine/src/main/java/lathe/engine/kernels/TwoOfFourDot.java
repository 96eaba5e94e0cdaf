package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.BYTES;
import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.I;
import static lathe.engine.kernels.Lanes.N;
import static lathe.engine.kernels.Memory.ALL;

import java.nio.ByteOrder;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Products with rows that keep two of every four columns as bf16 numbers, places ascending. A vector of words holds both
 * numbers of eight groups, so lanes are groups, and the input is arranged accordingly: four vectors, of the groups' first,
 * second, third and fourth columns. A place then chooses among vectors, by two blends for each of a group's numbers, where
 * gathering the columns would take two permutations and a table. For vectors of 256 bits, whose groups' places are a word,
 * and of 512, which have registers for masks: PEXT takes a mask of sixteen groups out of the 64 bits of their places.
 */
final class TwoOfFourDot {
    /** Columns of a vector of groups. */
    static final int COLUMNS = 4 * N;

    private static final boolean SIXTEEN = N == 16;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    /** The lower bit of every group's first place, in a word of sixteen groups. */
    private static final long EVERY_FOURTH = 0x1111111111111111L;
    /** Of each lane: the lower and the upper bit of its first number's place. */
    private static final int[] LOWER = new int[N];
    private static final int[] UPPER = new int[N];
    /** The upper number of a word: loaded once, where a constant would be loaded anew in every step. */
    private static final int[] HIGH = new int[N];
    /** Of each column of a group and each lane: which of a step's columns it is. */
    private static final int[] ORDER_OF_COLUMNS = new int[4 * N];

    static {
        for (int lane = 0; lane < N; lane++) {
            LOWER[lane] = 1 << 4 * lane;
            UPPER[lane] = 2 << 4 * lane;
            HIGH[lane] = 0xffff0000;
            for (int place = 0; place < 4; place++) {
                ORDER_OF_COLUMNS[place * N + lane] = 4 * lane + place;
            }
        }
    }

    private TwoOfFourDot() {}

    /**
     * Whether rows can be read so.
     *
     * @param columns of a row
     */
    static boolean fits(int columns) {
        return (N == 8 || SIXTEEN) && columns % COLUMNS == 0;
    }

    /**
     * Arranges an input.
     *
     * @param input   float32
     * @param columns a multiple of {@link #COLUMNS}
     * @param to      receives as many
     */
    static void arrange(long input, int columns, long to) {
        float[] plain = HeapScratch.plain(columns);
        Memory.copy(input, plain, columns);
        for (int i = 0; i < columns; i += N) {
            Lanes.store(FloatVector.fromArray(F, plain, i / COLUMNS * COLUMNS, ORDER_OF_COLUMNS, i % COLUMNS),
                    to + 4L * i);
        }
    }

    /**
     * Rows. The lanes' sums are added in a second loop, since the compiler makes objects of vectors at the end of a large one.
     *
     * @param places     address of the first row's places, four in a byte, ascending in each group
     * @param placeBytes from one row's places to the next
     * @param numbers    address of the first row's kept numbers, bf16, row after row
     * @param rows       how many
     * @param columns    of a row, a multiple of {@link #COLUMNS}
     * @param input      address of the arranged input
     * @param output     address of the first product
     */
    static void multiply(long places, long placeBytes, long numbers, int rows, int columns, long input, long output) {
        try (Scratch.Frame frame = Scratch.frame()) {
            long lanes = frame.floats((long) N * rows);
            if (SIXTEEN) {
                byMasks(places, placeBytes, numbers, rows, columns / COLUMNS, 1, EVERY_FOURTH, input, lanes);
            } else {
                loop(places, placeBytes, numbers, rows, columns / COLUMNS, 1, input, lanes);
            }
            for (int row = 0; row < rows; row++) {
                Memory.setFloat(output + 4L * row, Lanes.sum(Lanes.floats(lanes + (long) BYTES * row)));
            }
        }
    }

    /**
     * Lanes' sums.
     *
     * @param turn steps of a turn: 1, of which the compiler must not know it: it would unroll the loop and keep sums in memory
     */
    private static void loop(long places, long placeBytes, long numbers, int rows, int steps, int turn, long input,
            long lanes) {
        long inputs = Memory.known(input);
        IntVector lower = IntVector.fromArray(I, LOWER, 0);
        IntVector upper = IntVector.fromArray(I, UPPER, 0);
        IntVector high = IntVector.fromArray(I, HIGH, 0);
        for (int row = 0; row < rows; row++) {
            long codes = Memory.known(places + placeBytes * row);
            long words = Memory.known(numbers + (long) BYTES * steps * row);
            FloatVector a = FloatVector.zero(F);
            FloatVector b = a;
            for (int i = 0; i < steps; i += turn) {
                // The compiler knows now that no address is negative: it checks none, and prepares nothing for it a row.
                int step = i & Integer.MAX_VALUE;
                long x = inputs + 4L * BYTES * step;
                IntVector code = IntVector.broadcast(I, Memory.getInt(codes + 4L * step));
                IntVector second = IntVector.fromMemorySegment(I, ALL, x + BYTES, ORDER);
                IntVector third = IntVector.fromMemorySegment(I, ALL, x + 2 * BYTES, ORDER);
                IntVector one = IntVector.fromMemorySegment(I, ALL, x, ORDER)
                        .blend(second, code.and(lower).compare(VectorOperators.EQ, lower))
                        .blend(third, code.and(upper).compare(VectorOperators.EQ, upper));
                code = code.lanewise(VectorOperators.LSHR, 2);
                IntVector other = second.blend(IntVector.fromMemorySegment(I, ALL, x + 3 * BYTES, ORDER),
                        code.and(upper).compare(VectorOperators.EQ, upper));
                other = third.blend(other, code.and(lower).compare(VectorOperators.EQ, lower));
                IntVector word = IntVector.fromMemorySegment(I, ALL, words + (long) BYTES * step, ORDER);
                a = word.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(one.reinterpretAsFloats(), a);
                b = word.and(high).reinterpretAsFloats().fma(other.reinterpretAsFloats(), b);
            }
            a.add(b).intoMemorySegment(ALL, Memory.known(lanes + (long) BYTES * row), ORDER);
        }
    }

    /**
     * The same with sixteen lanes.
     *
     * @param turn  steps of a turn, as for {@link #loop}
     * @param every {@link #EVERY_FOURTH}, which as a constant would be brought into a register every time
     */
    private static void byMasks(long places, long placeBytes, long numbers, int rows, int steps, int turn, long every,
            long input, long lanes) {
        long inputs = Memory.known(input);
        IntVector high = IntVector.fromArray(I, HIGH, 0);
        for (int row = 0; row < rows; row++) {
            long codes = Memory.known(places + placeBytes * row);
            long words = Memory.known(numbers + (long) BYTES * steps * row);
            FloatVector a = FloatVector.zero(F);
            FloatVector b = a;
            for (int i = 0; i < steps; i += turn) {
                int step = i & Integer.MAX_VALUE;
                long x = inputs + 4L * BYTES * step;
                long code = Memory.getLong(codes + 8L * step);
                FloatVector second = FloatVector.fromMemorySegment(F, ALL, x + BYTES, ORDER);
                FloatVector third = FloatVector.fromMemorySegment(F, ALL, x + 2 * BYTES, ORDER);
                FloatVector one = FloatVector.fromMemorySegment(F, ALL, x, ORDER)
                        .blend(second, VectorMask.fromLong(F, Long.compress(code, every)))
                        .blend(third, VectorMask.fromLong(F, Long.compress(code, every << 1)));
                FloatVector other = second.blend(FloatVector.fromMemorySegment(F, ALL, x + 3 * BYTES, ORDER),
                        VectorMask.fromLong(F, Long.compress(code, every << 3)));
                other = third.blend(other, VectorMask.fromLong(F, Long.compress(code, every << 2)));
                IntVector word = IntVector.fromMemorySegment(I, ALL, words + (long) BYTES * step, ORDER);
                a = word.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(one, a);
                b = word.and(high).reinterpretAsFloats().fma(other, b);
            }
            a.add(b).intoMemorySegment(ALL, Memory.known(lanes + (long) BYTES * row), ORDER);
        }
    }
}
