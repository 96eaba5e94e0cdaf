package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.I;
import static lathe.engine.kernels.Lanes.N;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Products with rows that store some columns, float32 numbers one after the other: as many as a vector of columns keeps
 * are moved to their lanes, and meet the input in its order. Time does not depend on the pattern.
 */
final class ExpandedDot {
    private static final long LANES = (1L << N) - 1;
    /** All bits that an index of a row's number can have: with it the compiler sees that none is negative. */
    private static final int INDICES = (1 << 28) - 1;
    private static final boolean EIGHT_LANES = N == 8;
    private static final VectorMask<Integer> UPPER = VectorMask.fromLong(I, LANES & -1L << N / 2);
    /**
     * Of each byte of a bitmap: which stored number each lane takes, and all bits where it takes one. Bytes, since with
     * the input and the numbers the tables stay in the first-level cache.
     */
    private static final byte[] RANKS = new byte[256 * 8];
    private static final byte[] KEPT = new byte[256 * 8];
    /** Of each byte of places of two of four: the four columns that it names, twice. */
    private static final byte[] TWO_OF_FOUR = new byte[256 * 8];

    static {
        for (int code = 0; code < 256; code++) {
            for (int lane = 0, rank = 0; lane < 8; lane++) {
                if ((code >>> lane & 1) != 0) {
                    RANKS[8 * code + lane] = (byte) rank++;
                    KEPT[8 * code + lane] = -1;
                }
                TWO_OF_FOUR[8 * code + lane] = (byte) ((code >>> 2 * (lane & 3) & 3) + 4 * (lane >>> 1 & 1));
            }
        }
    }

    private ExpandedDot() {}

    /**
     * A row whose kept columns are bits.
     *
     * @param bits    address of one bit a column, whole 64-bit words
     * @param columns how many
     * @param numbers address of the kept numbers, float32; a vector more may be read
     * @param input   the input in its order
     * @param at      its first index
     * @return the product
     */
    static float ofBits(long bits, int columns, long numbers, float[] input, int at) {
        int whole = columns & -16;
        float sum = EIGHT_LANES
                ? byTable(bits, whole, numbers, input, at)
                : byInstruction(bits, whole, numbers, input, at);
        if (columns == whole) {
            return sum;
        }
        long next = numbers;
        for (int i = 0; i < whole >>> 3; i++) {
            next += 4L * Integer.bitCount(Memory.getByte(bits + i));
        }
        for (int column = whole; column < columns; column++) {
            if ((Memory.getByte(bits + (column >>> 3)) >>> (column & 7) & 1) != 0) {
                sum = Math.fma(Memory.getFloat(next), input[at + column], sum);
                next += 4;
            }
        }
        return sum;
    }

    /** In two sums, since one alone would wait for itself. */
    private static float byInstruction(long bits, int columns, long numbers, float[] input, int at) {
        long map = Memory.known(bits);
        long base = Memory.known(numbers);
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        int next = 0;
        int column = 0;
        for (; column <= columns - 2 * N; column += 2 * N) {
            long kept = kept(map, column);
            a = Lanes.floats(base + 4L * next)
                    .expand(VectorMask.fromLong(F, kept))
                    .fma(FloatVector.fromArray(F, input, at + column), a);
            next = next + Long.bitCount(kept) & INDICES;
            kept = kept(map, column + N);
            b = Lanes.floats(base + 4L * next)
                    .expand(VectorMask.fromLong(F, kept))
                    .fma(FloatVector.fromArray(F, input, at + column + N), b);
            next = next + Long.bitCount(kept) & INDICES;
        }
        for (; column < columns; column += N) {
            long kept = kept(map, column);
            a = Lanes.floats(base + 4L * next)
                    .expand(VectorMask.fromLong(F, kept))
                    .fma(FloatVector.fromArray(F, input, at + column), a);
            next += Long.bitCount(kept);
        }
        return Lanes.sum(a.add(b));
    }

    /** The bits of a vector of columns. */
    private static long kept(long map, int column) {
        int at = column & Integer.MAX_VALUE;
        return Memory.getShort(map + (at >>> 3)) >>> (at & 7) & LANES;
    }

    /** With 256-bit vectors, that have no expanding instruction: by a table of 256 permutations. */
    private static float byTable(long bits, int columns, long numbers, float[] input, int at) {
        long map = Memory.known(bits);
        long base = Memory.known(numbers);
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        int next = 0;
        for (int i = 0; i < columns >>> 4; i++) {
            int first = Memory.getByte(map + 2L * i);
            int second = Memory.getByte(map + 2L * i + 1);
            int middle = next + Integer.bitCount(first);
            a = expand(base + 4L * next, first).fma(FloatVector.fromArray(F, input, at + 16 * i), a);
            b = expand(base + 4L * middle, second).fma(FloatVector.fromArray(F, input, at + 16 * i + 8), b);
            next = middle + Integer.bitCount(second);
        }
        return Lanes.sum(a.add(b));
    }

    private static FloatVector expand(long numbers, int kept) {
        return entry(RANKS, kept).selectFrom(Lanes.ints(numbers)).and(entry(KEPT, kept)).reinterpretAsFloats();
    }

    /** Whether {@link #twoOfFour} can run here. */
    static boolean hasTwoOfFour() {
        return EIGHT_LANES;
    }

    /**
     * A row that keeps two of four columns: the input's numbers at the kept columns are moved together instead.
     *
     * @param places  address of the places, four in a byte
     * @param columns a multiple of 16
     * @param numbers address of the kept numbers, float32
     * @param input   the input in its order
     * @param at      its first index
     * @return the product
     */
    static float twoOfFour(long places, int columns, long numbers, float[] input, int at) {
        long codes = Memory.known(places);
        long base = Memory.known(numbers);
        FloatVector sum = FloatVector.zero(F);
        for (int i = 0; i < columns >>> 4; i++) {
            int two = Memory.getShort(codes + 2L * i) & 0xffff;
            sum = Lanes.floats(base + 32L * i).fma(picked(two, input, at + 16 * i), sum);
        }
        return Lanes.sum(sum);
    }

    /** The eight numbers that two bytes of places take from sixteen columns. */
    static FloatVector picked(int two, float[] input, int at) {
        IntVector low = pick(two & 0xff, input, at);
        return low.blend(pick(two >>> 8, input, at + 8), UPPER).reinterpretAsFloats();
    }

    private static IntVector pick(int code, float[] input, int at) {
        return entry(TWO_OF_FOUR, code).selectFrom(FloatVector.fromArray(F, input, at).reinterpretAsInts());
    }

    /** Eight entries of a table as integers. */
    private static IntVector entry(byte[] table, int code) {
        return (IntVector) ByteVector.fromArray(ByteVector.SPECIES_64, table, 8 * code)
                .convertShape(VectorOperators.B2I, IntVector.SPECIES_256, 0);
    }
}
