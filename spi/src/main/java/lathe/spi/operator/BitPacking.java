package lathe.spi.operator;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Lathe's canonical layout of small unsigned integers: code j of a row takes the bits [j*b, (j+1)*b) of the row, lowest
 * bit first, and every row starts at a whole 32-bit word. A row of n codes takes {@code 4*ceil(n*b/32)} bytes.
 */
public final class BitPacking {
    private BitPacking() {}

    /**
     * Bytes of a packed row.
     *
     * @param codes codes in the row
     * @param bits  bits of a code, 1 to 8
     * @return a multiple of 4
     */
    public static int rowBytes(int codes, int bits) {
        return Math.toIntExact(((long) codes * bits + 31) / 32 * 4);
    }

    /**
     * Packs a matrix of codes.
     *
     * @param codes integer matrix [rows, columns] with values in [0, 2^bits)
     * @param bits  bits of a code, 1 to 8
     * @param scope where the result lives
     * @return U8 [rows, rowBytes(columns, bits)]
     */
    public static Tensor pack(Tensor codes, int bits, Scope scope) {
        int rows = codes.size(0);
        int columns = codes.size(1);
        Tensor packed = scope.zeros(DataType.U8, rows, rowBytes(columns, bits));
        float[] row = new float[columns];
        int[] integers = new int[columns];
        for (int i = 0; i < rows; i++) {
            codes.copyRow(i, row);
            for (int j = 0; j < columns; j++) {
                integers[j] = (int) row[j];
            }
            packRow(integers, columns, bits, packed.row(i).segment(), 0);
        }
        return packed;
    }

    /**
     * Packs one row.
     *
     * @param codes  values in [0, 2^bits)
     * @param count  how many of them
     * @param bits   bits of a code, 1 to 8
     * @param target zeroed memory of at least rowBytes(count, bits)
     * @param offset byte of target where the row starts
     */
    public static void packRow(int[] codes, int count, int bits, MemorySegment target, long offset) {
        check(bits);
        long buffer = 0;
        int filled = 0;
        long at = offset;
        for (int j = 0; j < count; j++) {
            if (codes[j] < 0 || codes[j] >= 1 << bits) {
                throw new IllegalArgumentException(
                        "Code " + codes[j] + " at " + j + " does not fit " + bits + " bits.");
            }
            buffer |= (long) codes[j] << filled;
            filled += bits;
            if (filled >= 32) {
                target.set(ValueLayout.JAVA_INT_UNALIGNED, at, (int) buffer);
                at += 4;
                buffer >>>= 32;
                filled -= 32;
            }
        }
        if (filled > 0) {
            target.set(ValueLayout.JAVA_INT_UNALIGNED, at, (int) buffer);
        }
    }

    /**
     * Reads one code.
     *
     * @param packed memory of a row
     * @param offset byte where the row starts
     * @param index  which code
     * @param bits   bits of a code, 1 to 8
     * @return the code
     */
    public static int get(MemorySegment packed, long offset, int index, int bits) {
        long bit = (long) index * bits;
        long at = offset + (bit >>> 3);
        int shift = (int) (bit & 7);
        int value = packed.get(ValueLayout.JAVA_BYTE, at) & 0xff;
        if (shift + bits > 8) {
            value |= (packed.get(ValueLayout.JAVA_BYTE, at + 1) & 0xff) << 8;
        }
        return value >>> shift & (1 << bits) - 1;
    }

    /**
     * Reads a row.
     *
     * @param packed memory of a row
     * @param offset byte where the row starts
     * @param count  codes to read
     * @param bits   bits of a code, 1 to 8
     * @param target receives them
     */
    public static void unpackRow(MemorySegment packed, long offset, int count, int bits, int[] target) {
        check(bits);
        for (int j = 0; j < count; j++) {
            target[j] = get(packed, offset, j, bits);
        }
    }

    private static void check(int bits) {
        if (bits < 1 || bits > 8) {
            throw new IllegalArgumentException("Codes have 1 to 8 bits, not " + bits + ".");
        }
    }
}
