package lathe.spi.operator;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A layout of small unsigned integers in which sixteen rows stand side by side, so that a kernel can take the rows as
 * lanes: rows are cut into tiles of sixteen (the last may have fewer), columns into units of sixteen. A unit of b-bit codes
 * is b half-words a row: code j of a unit takes the bits [j*b, (j+1)*b) of its row's half-words, lowest bit first.
 * Half-word k of all rows of a tile lie next to each other, then half-word k+1, then the next unit, then the next tile.
 * Nothing is padded but the columns of the last unit.
 */
public final class TilePacking {
    /** Rows of a tile. */
    public static final int ROWS = 16;
    /** Columns of a unit. */
    public static final int COLUMNS = 16;

    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    private TilePacking() {}

    /**
     * Bytes of a packed matrix.
     *
     * @param rows    rows
     * @param columns codes of a row
     * @param bits    bits of a code, 1 to 8
     * @return 2 * rows * bits * ceil(columns / 16)
     */
    public static long bytes(int rows, int columns, int bits) {
        return 2L * rows * bits * units(columns);
    }

    /**
     * Units of a row.
     *
     * @param columns codes of a row
     * @return ceil(columns / 16)
     */
    public static int units(int columns) {
        return (columns + COLUMNS - 1) / COLUMNS;
    }

    /**
     * Rows of the tile of a row.
     *
     * @param rows rows of the matrix
     * @param row  a row
     * @return 16, or fewer in the last tile
     */
    public static int tileRows(int rows, int row) {
        return Math.min(ROWS, rows - row / ROWS * ROWS);
    }

    /**
     * Where a row's first half-word of a unit lies; the following ones lie 2 * tileRows further each.
     *
     * @param rows    rows of the matrix
     * @param columns codes of a row
     * @param bits    bits of a code
     * @param row     a row
     * @param unit    a unit
     * @return byte of the packed matrix
     */
    public static long offset(int rows, int columns, int bits, int row, int unit) {
        int first = row / ROWS * ROWS;
        return 2L * first * bits * units(columns) + 2L * tileRows(rows, row) * bits * unit + 2L * (row - first);
    }

    /**
     * Sets a code of zeroed memory.
     *
     * @param target  the packed matrix
     * @param rows    rows of the matrix
     * @param columns codes of a row
     * @param bits    bits of a code, 1 to 8
     * @param row     which row
     * @param column  which code
     * @param code    in [0, 2^bits)
     */
    public static void set(MemorySegment target, int rows, int columns, int bits, int row, int column, int code) {
        if (code < 0 || code >= 1 << bits) {
            throw new IllegalArgumentException("Code " + code + " does not fit " + bits + " bits.");
        }
        int stride = 2 * tileRows(rows, row);
        int first = column % COLUMNS * bits;
        long at = offset(rows, columns, bits, row, column / COLUMNS) + (long) stride * (first / 16);
        int shifted = code << first % 16;
        target.set(HALF, at, (short) (target.get(HALF, at) | shifted));
        if (shifted > 0xffff) {
            target.set(HALF, at + stride, (short) (target.get(HALF, at + stride) | shifted >>> 16));
        }
    }

    /**
     * Reads a code.
     *
     * @param source  the packed matrix
     * @param rows    rows of the matrix
     * @param columns codes of a row
     * @param bits    bits of a code, 1 to 8
     * @param row     which row
     * @param column  which code
     * @return in [0, 2^bits)
     */
    public static int get(MemorySegment source, int rows, int columns, int bits, int row, int column) {
        int stride = 2 * tileRows(rows, row);
        int first = column % COLUMNS * bits;
        long at = offset(rows, columns, bits, row, column / COLUMNS) + (long) stride * (first / 16);
        int word = source.get(HALF, at) & 0xffff;
        if (first % 16 + bits > 16) {
            word |= (source.get(HALF, at + stride) & 0xffff) << 16;
        }
        return word >>> first % 16 & (1 << bits) - 1;
    }
}
