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
 * Products with rows that keep two of every four columns as bf16 numbers, places ascending. A vector of words holds both
 * numbers of eight groups, so lanes are groups, and the input is arranged accordingly: four vectors, of the groups' first,
 * second, third and fourth columns. A place then chooses among vectors, by two blends for each of a group's numbers, where
 * gathering the columns would take two permutations and a table. For vectors of 256 bits, whose groups' places are a word.
 */
final class TwoOfFourDot {
    /** Columns of a vector of groups. */
    static final int COLUMNS = 32;

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    /** Of each lane: the lower and the upper bit of its first number's place. */
    private static final int[] LOWER = new int[N];
    private static final int[] UPPER = new int[N];
    /** Of each column of a group and each lane: which of a step's columns it is. */
    private static final int[] ORDER_OF_COLUMNS = new int[4 * N];

    static {
        for (int lane = 0; lane < N; lane++) {
            LOWER[lane] = 1 << 4 * lane;
            UPPER[lane] = 2 << 4 * lane;
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
        return N == 8 && columns % COLUMNS == 0;
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
     * A row.
     *
     * @param places  address of its places, four in a byte, ascending in each group
     * @param columns a multiple of {@link #COLUMNS}
     * @param numbers address of the kept numbers, bf16
     * @param input   address of the arranged input
     * @return the product
     */
    static float dot(long places, int columns, long numbers, long input) {
        int twos = columns / (2 * COLUMNS);
        float sum = loop(places, twos, numbers, input);
        return columns == 2 * COLUMNS * twos
                ? sum
                : sum + last(places + 8L * twos, numbers + 2L * COLUMNS * twos, input + 8L * COLUMNS * twos);
    }

    /** Two steps a turn: the compiler would unroll one, and run out of registers. */
    private static float loop(long places, int turns, long numbers, long input) {
        long codes = Memory.known(places);
        long words = Memory.known(numbers);
        long inputs = Memory.known(input);
        IntVector lower = IntVector.fromArray(I, LOWER, 0);
        IntVector upper = IntVector.fromArray(I, UPPER, 0);
        IntVector high = IntVector.broadcast(I, 0xffff0000);
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        for (int i = 0; i < turns; i++) {
            long x = inputs + 8L * BYTES * i;
            IntVector code = IntVector.broadcast(I, Memory.getInt(codes + 8L * i));
            IntVector second = IntVector.fromMemorySegment(I, ALL, x + BYTES, ORDER);
            IntVector third = IntVector.fromMemorySegment(I, ALL, x + 2 * BYTES, ORDER);
            IntVector one = IntVector.fromMemorySegment(I, ALL, x, ORDER)
                    .blend(second, code.and(lower).compare(VectorOperators.EQ, lower))
                    .blend(third, code.and(upper).compare(VectorOperators.EQ, upper));
            code = code.lanewise(VectorOperators.LSHR, 2);
            IntVector other = second.blend(IntVector.fromMemorySegment(I, ALL, x + 3 * BYTES, ORDER),
                    code.and(upper).compare(VectorOperators.EQ, upper));
            other = third.blend(other, code.and(lower).compare(VectorOperators.EQ, lower));
            IntVector word = IntVector.fromMemorySegment(I, ALL, words + 2L * BYTES * i, ORDER);
            a = word.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(one.reinterpretAsFloats(), a);
            b = word.and(high).reinterpretAsFloats().fma(other.reinterpretAsFloats(), b);
            IntVector code2 = IntVector.broadcast(I, Memory.getInt(codes + 8L * i + 4));
            IntVector second2 = IntVector.fromMemorySegment(I, ALL, x + 5 * BYTES, ORDER);
            IntVector third2 = IntVector.fromMemorySegment(I, ALL, x + 6 * BYTES, ORDER);
            IntVector one2 = IntVector.fromMemorySegment(I, ALL, x + 4 * BYTES, ORDER)
                    .blend(second2, code2.and(lower).compare(VectorOperators.EQ, lower))
                    .blend(third2, code2.and(upper).compare(VectorOperators.EQ, upper));
            code2 = code2.lanewise(VectorOperators.LSHR, 2);
            IntVector other2 = second2.blend(IntVector.fromMemorySegment(I, ALL, x + 7 * BYTES, ORDER),
                    code2.and(upper).compare(VectorOperators.EQ, upper));
            other2 = third2.blend(other2, code2.and(lower).compare(VectorOperators.EQ, lower));
            IntVector word2 = IntVector.fromMemorySegment(I, ALL, words + 2L * BYTES * i + BYTES, ORDER);
            a = word2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(one2.reinterpretAsFloats(), a);
            b = word2.and(high).reinterpretAsFloats().fma(other2.reinterpretAsFloats(), b);
        }
        return Lanes.sum(a.add(b));
    }

    /** A step alone. */
    private static float last(long places, long numbers, long input) {
        float sum = 0;
        for (int i = 0; i < COLUMNS / 2; i++) {
            int place = ScalarRowMath.code(places, i, 2);
            sum = Math.fma(ScalarRowMath.bf16(numbers + 2L * i), Memory.getFloat(input + 4L * (place * N + i / 2)),
                    sum);
        }
        return sum;
    }
}
