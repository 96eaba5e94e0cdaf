package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.N;

import java.nio.ByteOrder;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * What {@link ExpandedDot} does, straight from stored bf16 numbers: the eight of a byte of the bitmap go to their places
 * as pairs of bytes, by one shuffle, before they are widened. For vectors of 256 bits.
 */
final class HalfExpandedDot {
    /** Bytes that may be read beyond a row's numbers. */
    static final int BEYOND = 16;
    private static final VectorSpecies<Byte> B = ByteVector.SPECIES_128;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    /** Of each byte of a bitmap: which stored bytes the sixteen bytes of eight numbers are, and all bits of those kept. */
    private static final byte[] RANKS = new byte[256 * 16];
    private static final byte[] KEPT = new byte[256 * 16];

    static {
        for (int code = 0; code < 256; code++) {
            for (int column = 0, rank = 0; column < 8; column++) {
                if ((code >>> column & 1) != 0) {
                    int at = 16 * code + 2 * column;
                    RANKS[at] = (byte) (2 * rank);
                    RANKS[at + 1] = (byte) (2 * rank + 1);
                    KEPT[at] = -1;
                    KEPT[at + 1] = -1;
                    rank++;
                }
            }
        }
    }

    private HalfExpandedDot() {}

    /** Whether these loops can run here. */
    static boolean fits() {
        return N == 8;
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
        int whole = columns & -32;
        float sum = byTable(bits, whole, numbers, input, at);
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

    private static float byTable(long bits, int columns, long numbers, float[] input, int at) {
        long map = Memory.known(bits);
        long base = Memory.known(numbers);
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        int next = 0;
        for (int i = 0; i < columns >>> 5; i++) {
            int kept = Memory.getInt(map + 4L * i);
            int second = next + Integer.bitCount(kept & 0xff);
            int third = next + Integer.bitCount(kept & 0xffff);
            int fourth = next + Integer.bitCount(kept & 0xffffff);
            a = expand(base + 2L * next, kept & 0xff).fma(FloatVector.fromArray(F, input, at + 32 * i), a);
            b = expand(base + 2L * second, kept >>> 8 & 0xff)
                    .fma(FloatVector.fromArray(F, input, at + 32 * i + 8), b);
            a = expand(base + 2L * third, kept >>> 16 & 0xff)
                    .fma(FloatVector.fromArray(F, input, at + 32 * i + 16), a);
            b = expand(base + 2L * fourth, kept >>> 24).fma(FloatVector.fromArray(F, input, at + 32 * i + 24), b);
            next += Integer.bitCount(kept);
        }
        return Lanes.sum(a.add(b));
    }

    private static FloatVector expand(long numbers, int kept) {
        ShortVector eight = ByteVector.fromArray(B, RANKS, 16 * kept)
                .selectFrom(ByteVector.fromMemorySegment(B, Memory.ALL, numbers, ORDER))
                .and(ByteVector.fromArray(B, KEPT, 16 * kept))
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
