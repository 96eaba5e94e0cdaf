package lathe.models.exchange.layout;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import lathe.spi.operator.BitPacking;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Matrices of 32-bit words and the small numbers packed in them. */
final class Words {
    /** Rows and columns that are moved together, so that both sides stay within a few cache lines. */
    private static final int TILE = 16;

    private Words() {}

    /**
     * A number of a string of bits, lowest first, whose words may lie apart.
     *
     * @param words  where they lie
     * @param first  byte of the first word
     * @param stride bytes from word to word
     * @param index  which number
     * @param bits   its bits
     */
    static int field(MemorySegment words, long first, long stride, long index, int bits) {
        long bit = index * bits;
        int shift = (int) (bit & 31);
        long at = first + (bit >>> 5) * stride;
        long value = words.get(ValueLayout.JAVA_INT_UNALIGNED, at) & 0xffffffffL;
        if (shift + bits > 32) {
            value |= (long) words.get(ValueLayout.JAVA_INT_UNALIGNED, at + stride) << 32;
        }
        return (int) (value >>> shift) & (1 << bits) - 1;
    }

    /** Puts a number into such a string; its place must be zero. */
    static void put(MemorySegment words, long first, long stride, long index, int bits, int value) {
        long bit = index * bits;
        int shift = (int) (bit & 31);
        long at = first + (bit >>> 5) * stride;
        long placed = (long) value << shift;
        words.set(ValueLayout.JAVA_INT_UNALIGNED, at,
                words.get(ValueLayout.JAVA_INT_UNALIGNED, at) | (int) placed);
        if (shift + bits > 32) {
            words.set(ValueLayout.JAVA_INT_UNALIGNED, at + stride,
                    words.get(ValueLayout.JAVA_INT_UNALIGNED, at + stride) | (int) (placed >>> 32));
        }
    }

    /** Words that hold so many numbers without gaps. */
    static long count(long numbers, int bits) {
        return (numbers * bits + 31) / 32;
    }

    /** Exchanges rows and columns of a matrix of elements of 2 or 4 bytes. */
    static void transpose(MemorySegment source, long rows, long columns, int size, MemorySegment target) {
        for (long row = 0; row < rows; row += TILE) {
            for (long column = 0; column < columns; column += TILE) {
                tile(source, rows, columns, size, target, row, column);
            }
        }
    }

    private static void tile(MemorySegment source, long rows, long columns, int size, MemorySegment target, long row,
            long column) {
        for (long i = row; i < Math.min(rows, row + TILE); i++) {
            for (long j = column; j < Math.min(columns, column + TILE); j++) {
                long from = (i * columns + j) * size;
                long to = (j * rows + i) * size;
                if (size == Integer.BYTES) {
                    target.set(ValueLayout.JAVA_INT_UNALIGNED, to,
                            source.get(ValueLayout.JAVA_INT_UNALIGNED, from));
                } else {
                    target.set(ValueLayout.JAVA_SHORT_UNALIGNED, to,
                            source.get(ValueLayout.JAVA_SHORT_UNALIGNED, from));
                }
            }
        }
    }

    /** Zero points [out, groups], as a constant if all are the same. */
    static ZeroPoints zeros(int[] zeros, int out, int groups, int bits, Scope scope) {
        boolean same = true;
        for (int zero : zeros) {
            same &= zero == zeros[0];
        }
        if (same) {
            return new ZeroPoints.Constant(zeros[0]);
        }
        int rowBytes = BitPacking.rowBytes(groups, bits);
        Tensor packed = scope.zeros(DataType.U8, out, rowBytes);
        MemorySegment target = packed.segment();
        int[] row = new int[groups];
        for (int i = 0; i < out; i++) {
            System.arraycopy(zeros, i * groups, row, 0, groups);
            BitPacking.packRow(row, groups, bits, target, (long) i * rowBytes);
        }
        return new ZeroPoints.Packed(bits, packed);
    }
}
