package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.N;

import java.nio.ByteOrder;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * What {@link ExpandedDot} does, straight from stored bf16 numbers: the eight of a byte of the bitmap go to their places
 * as pairs of bytes, by one shuffle, before they are widened. Vectors of 512 bits have an instruction for 32 of them.
 */
final class HalfExpandedDot {
    private static final boolean SIXTEEN = N == 16;
    /** Bytes that may be read beyond a row's numbers. */
    static final int BEYOND = SIXTEEN ? 64 : 16;
    private static final VectorSpecies<Byte> B = ByteVector.SPECIES_128;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final VectorSpecies<Short> S = ShortVector.SPECIES_512;
    /** The upper half of a word. */
    private static final int UPPER = 0xffff0000;
    private static final int ENTRY = 32;
    /**
     * Of each byte of a bitmap: which stored bytes the sixteen bytes of eight numbers are, and all bits of those kept.
     */
    private static final byte[] TABLE = new byte[256 * ENTRY];
    /** Of all bits that an index of a row's number can have. */
    private static final int COLUMNS = (1 << 28) - 1;

    static {
        for (int code = 0; code < 256; code++) {
            for (int column = 0, rank = 0; column < 8; column++) {
                if ((code >>> column & 1) != 0) {
                    int at = ENTRY * code + 2 * column;
                    TABLE[at] = (byte) (2 * rank);
                    TABLE[at + 1] = (byte) (2 * rank + 1);
                    TABLE[at + 16] = -1;
                    TABLE[at + 17] = -1;
                    rank++;
                }
            }
        }
    }

    private HalfExpandedDot() {}

    /** Made when rows are first read: narrower vectors have no such permutation. */
    private static final class Pairs {
        /** The numbers of both halves of a vector in turn. */
        static final VectorShuffle<Short> IN_TURN = VectorShuffle.fromOp(S, lane -> lane / 2 + 16 * (lane % 2));
    }

    /** Whether these loops can run here. */
    static boolean fits() {
        return N == 8 || SIXTEEN;
    }

    /**
     * A row whose kept columns are bits.
     *
     * @param bits    address of one bit a column, whole 64-bit words
     * @param columns how many
     * @param numbers address of the kept numbers, bf16; {@link #BEYOND} bytes more are read
     * @param input   the input in its order
     * @param at      its first index
     * @return the product
     */
    static float ofBits(long bits, int columns, long numbers, float[] input, int at) {
        int whole = columns & -(SIXTEEN ? 64 : 32);
        float sum = SIXTEEN
                ? byInstruction(bits, whole, numbers, input, at)
                : byTable(bits, whole, numbers, input, at);
        if (whole == columns) {
            return sum;
        }
        long next = numbers;
        for (int i = 0; i < whole >>> 3; i++) {
            next += 2L * Integer.bitCount(Memory.getByte(bits + i));
        }
        for (int column = whole; column < columns; column++) {
            if ((Memory.getByte(bits + (column >>> 3)) >>> (column & 7) & 1) != 0) {
                sum = Math.fma(ScalarRowMath.bf16(next), input[at + column], sum);
                next += 2;
            }
        }
        return sum;
    }

    /**
     * Indices are masked where the compiler would not see that they are small: it then needs no bounds checks, which were
     * a third of this loop.
     */
    private static float byTable(long bits, int columns, long numbers, float[] input, int at) {
        long map = Memory.known(bits);
        long base = Memory.known(numbers);
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int next = 0;
        for (int i = 0; i < columns >>> 5; i++) {
            int step = i & Integer.MAX_VALUE;
            int kept = ENTRY * Memory.getByte(map + 4L * step);
            a = expand(base + 2L * next, kept).fma(FloatVector.fromArray(F, input, at + 32 * i), a);
            next = next + Integer.bitCount(kept) & COLUMNS;
            kept = ENTRY * Memory.getByte(map + 4L * step + 1);
            b = expand(base + 2L * next, kept).fma(FloatVector.fromArray(F, input, at + 32 * i + 8), b);
            next = next + Integer.bitCount(kept) & COLUMNS;
            kept = ENTRY * Memory.getByte(map + 4L * step + 2);
            c = expand(base + 2L * next, kept).fma(FloatVector.fromArray(F, input, at + 32 * i + 16), c);
            next = next + Integer.bitCount(kept) & COLUMNS;
            kept = ENTRY * Memory.getByte(map + 4L * step + 3);
            d = expand(base + 2L * next, kept).fma(FloatVector.fromArray(F, input, at + 32 * i + 24), d);
            next = next + Integer.bitCount(kept) & COLUMNS;
        }
        return Lanes.sum(a.add(b).add(c.add(d)));
    }

    /** A word of 64 columns a turn: 32 numbers that are moved to their places, brought into pairs, and widened. */
    private static float byInstruction(long bits, int columns, long numbers, float[] input, int at) {
        long map = Memory.known(bits);
        long base = Memory.known(numbers);
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int next = 0;
        for (int i = 0; i < columns >>> 6; i++) {
            long kept = Memory.getLong(map + 8L * (i & Integer.MAX_VALUE));
            int middle = next + Integer.bitCount((int) kept) & COLUMNS;
            IntVector words = ShortVector.fromMemorySegment(S, Memory.ALL, base + 2L * next, ORDER)
                    .expand(VectorMask.fromLong(S, kept & 0xffffffffL)).rearrange(Pairs.IN_TURN).reinterpretAsInts();
            a = words.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats()
                    .fma(FloatVector.fromArray(F, input, at + 64 * i), a);
            b = words.and(UPPER).reinterpretAsFloats().fma(FloatVector.fromArray(F, input, at + 64 * i + 16), b);
            words = ShortVector.fromMemorySegment(S, Memory.ALL, base + 2L * middle, ORDER)
                    .expand(VectorMask.fromLong(S, kept >>> 32)).rearrange(Pairs.IN_TURN).reinterpretAsInts();
            c = words.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats()
                    .fma(FloatVector.fromArray(F, input, at + 64 * i + 32), c);
            d = words.and(UPPER).reinterpretAsFloats().fma(FloatVector.fromArray(F, input, at + 64 * i + 48), d);
            next = next + Long.bitCount(kept) & COLUMNS;
        }
        return Lanes.sum(a.add(b).add(c.add(d)));
    }

    private static FloatVector expand(long numbers, int kept) {
        ShortVector eight = ByteVector.fromArray(B, TABLE, kept)
                .selectFrom(ByteVector.fromMemorySegment(B, Memory.ALL, numbers, ORDER))
                .and(ByteVector.fromArray(B, TABLE, kept + 16))
                .reinterpretAsShorts();
        return ((IntVector) eight.convertShape(VectorOperators.ZERO_EXTEND_S2I, IntVector.SPECIES_256, 0))
                .lanewise(VectorOperators.LSHL, 16)
                .reinterpretAsFloats();
    }

    /**
     * A row that keeps two of four columns: the input's numbers at the kept columns are moved together.
     *
     * @param places  address of the places, four in a byte
     * @param columns a multiple of 16
     * @param numbers address of the kept numbers, bf16
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
            IntVector eight = (IntVector) Lanes.shorts(base + 16L * i)
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, IntVector.SPECIES_256, 0);
            sum = eight.lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .fma(ExpandedDot.picked(two, input, at + 16 * i), sum);
        }
        return Lanes.sum(sum);
    }
}
