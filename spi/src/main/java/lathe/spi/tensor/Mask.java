package lathe.spi.tensor;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Which entries of a matrix are kept: exact, one bit an entry. Immutable. Rows start at a whole 64-bit word.
 *
 * <p>Selections keep the largest scores. NaN is refused, since no rule says where it belongs.
 */
public final class Mask {
    private final int rows;
    private final int columns;
    private final int wordsPerRow;
    private final long[] bits;
    private final SparsityPattern pattern;

    private Mask(int rows, int columns, long[] bits, SparsityPattern pattern) {
        this.rows = rows;
        this.columns = columns;
        this.wordsPerRow = wordsPerRow(columns);
        this.bits = bits;
        this.pattern = pattern;
    }

    private static int wordsPerRow(int columns) {
        return (columns + 63) >>> 6;
    }

    /**
     * The mask that keeps everything.
     *
     * @param rows    number of rows
     * @param columns number of columns
     * @return a full mask
     */
    public static Mask all(int rows, int columns) {
        Builder builder = new Builder(rows, columns);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                builder.keep(row, column);
            }
        }
        return builder.build();
    }

    /**
     * The entries that are not zero.
     *
     * @param matrix any matrix
     * @return a mask of its shape
     */
    public static Mask nonZero(Tensor matrix) {
        Builder builder = new Builder(matrix.size(0), matrix.size(1));
        float[] row = new float[matrix.size(1)];
        for (int i = 0; i < matrix.size(0); i++) {
            matrix.copyRow(i, row);
            for (int j = 0; j < row.length; j++) {
                builder.set(i, j, row[j] != 0);
            }
        }
        return builder.build();
    }

    /**
     * Keeps the largest scores of every row ({@link CutRule#FLOOR}), or of every group of the pattern.
     *
     * @param score    [rows, columns]
     * @param pattern  where zeros may stand; n:m decides the sparsity itself
     * @param sparsity fraction of a row that goes, in [0, 1); not used with n:m
     * @return the mask
     */
    public static Mask largestPerRow(Tensor score, SparsityPattern pattern, double sparsity) {
        return pattern.isGrouped() ? largestPerGroup(score, pattern) : largestPerRow(score, sparsity, CutRule.FLOOR);
    }

    /**
     * Keeps the largest scores of every row.
     *
     * @param score    [rows, columns]
     * @param sparsity fraction of a row that goes, in [0, 1)
     * @param rule     how many go
     * @return the mask
     */
    public static Mask largestPerRow(Tensor score, double sparsity, CutRule rule) {
        int columns = score.size(1);
        Builder builder = new Builder(score.size(0), columns);
        float[] row = new float[columns];
        for (int i = 0; i < score.size(0); i++) {
            score.copyRow(i, row);
            boolean[] gone = Selection.smallest(row, sparsity, rule);
            for (int j = 0; j < columns; j++) {
                builder.set(i, j, !gone[j]);
            }
        }
        return builder.build();
    }

    /**
     * Keeps the largest scores of the whole matrix.
     *
     * @param score    [rows, columns]
     * @param sparsity fraction of the matrix that goes, in [0, 1)
     * @param rule     how many go
     * @return the mask
     */
    public static Mask largestPerMatrix(Tensor score, double sparsity, CutRule rule) {
        int columns = score.size(1);
        Builder builder = new Builder(score.size(0), columns);
        boolean[] gone = Selection.smallest(score.toFloats(), sparsity, rule);
        for (int i = 0; i < score.size(0); i++) {
            for (int j = 0; j < columns; j++) {
                builder.set(i, j, !gone[i * columns + j]);
            }
        }
        return builder.build();
    }

    private static Mask largestPerGroup(Tensor score, SparsityPattern pattern) {
        int columns = score.size(1);
        int group = pattern.group();
        if (columns % group != 0) {
            throw new IllegalArgumentException(
                    "The pattern " + pattern + " needs a number of inputs divisible by " + group
                            + ", but the matrix is " + score.shape() + ".");
        }
        Builder builder = new Builder(score.size(0), columns);
        float[] row = new float[columns];
        for (int i = 0; i < score.size(0); i++) {
            score.copyRow(i, row);
            for (int start = 0; start < columns; start += group) {
                for (int j = 0; j < group; j++) {
                    builder.set(i, start + j, smaller(row, start, group, start + j) >= pattern.zeros());
                }
            }
        }
        return builder.patterned(pattern).build();
    }

    /** How many scores of a group go before one: the smaller ones, and equal ones of lower index. */
    private static int smaller(float[] row, int start, int group, int index) {
        float score = row[index];
        if (Float.isNaN(score)) {
            throw new IllegalArgumentException("Score " + index + " is NaN, so that no order of the scores exists.");
        }
        int count = 0;
        for (int j = start; j < start + group; j++) {
            count += row[j] < score || row[j] == score && j < index ? 1 : 0;
        }
        return count;
    }

    /**
     * Number of rows.
     *
     * @return rows
     */
    public int rows() {
        return rows;
    }

    /**
     * Number of columns.
     *
     * @return columns
     */
    public int columns() {
        return columns;
    }

    /**
     * The pattern that the mask was made with.
     *
     * @return n:m if every group was made to hold it, otherwise unstructured
     */
    public SparsityPattern pattern() {
        return pattern;
    }

    /**
     * Whether an entry is kept.
     *
     * @param row    its row
     * @param column its column
     * @return true if it stays
     */
    public boolean keeps(int row, int column) {
        return (bits[row * wordsPerRow + (column >>> 6)] >>> (column & 63) & 1L) != 0;
    }

    /**
     * 64 entries of a row at once.
     *
     * @param row  its row
     * @param word which 64 columns; bit i is column 64*word + i
     * @return their bits, 1 = kept; bits past the last column are 0
     */
    public long word(int row, int word) {
        return bits[row * wordsPerRow + word];
    }

    /**
     * Entries kept in a row.
     *
     * @param row which row
     * @return count
     */
    public int kept(int row) {
        int count = 0;
        for (int w = 0; w < wordsPerRow; w++) {
            count += Long.bitCount(bits[row * wordsPerRow + w]);
        }
        return count;
    }

    /**
     * Entries kept in all.
     *
     * @return count
     */
    public long kept() {
        long count = 0;
        for (long word : bits) {
            count += Long.bitCount(word);
        }
        return count;
    }

    /**
     * Share of entries that went.
     *
     * @return in [0, 1]; 0 for an empty matrix
     */
    public double sparsity() {
        long all = (long) rows * columns;
        return all == 0 ? 0 : 1 - (double) kept() / all;
    }

    /**
     * Entries that both masks keep. The pattern of this mask is kept if the other removes nothing more.
     *
     * @param other a mask of the same shape
     * @return the intersection
     */
    public Mask and(Mask other) {
        requireNonNull(other, "other is null");
        if (rows != other.rows || columns != other.columns) {
            throw new IllegalArgumentException("Masks of [" + rows + ", " + columns + "] and [" + other.rows + ", "
                    + other.columns + "] do not go together.");
        }
        long[] both = bits.clone();
        for (int i = 0; i < both.length; i++) {
            both[i] &= other.bits[i];
        }
        return new Mask(rows, columns, both, Arrays.equals(both, bits) ? pattern : SparsityPattern.UNSTRUCTURED);
    }

    /**
     * A matrix with zeros where this mask keeps nothing. Kept entries are bit-identical.
     *
     * @param matrix of the mask's shape
     * @return a new matrix of the same type in the matrix's scope
     */
    public Tensor apply(Tensor matrix) {
        if (matrix.size(0) != rows || matrix.size(1) != columns) {
            throw new IllegalArgumentException(
                    "A mask of [" + rows + ", " + columns + "] does not fit a matrix of " + matrix.shape() + ".");
        }
        Tensor result = matrix.copy();
        int bytes = result.type().bytes();
        MemorySegment memory = result.segment();
        for (int i = 0; i < rows; i++) {
            for (int w = 0; w < wordsPerRow; w++) {
                long gone = ~word(i, w) & inRow(w);
                long first = ((long) i * columns + 64L * w) * bytes;
                for (; gone != 0; gone &= gone - 1) {
                    clear(memory, first + (long) Long.numberOfTrailingZeros(gone) * bytes, bytes);
                }
            }
        }
        return result;
    }

    /** The bits of a word that stand for columns. */
    private long inRow(int word) {
        int left = columns - 64 * word;
        return left >= 64 ? -1L : (1L << left) - 1;
    }

    private static void clear(MemorySegment memory, long at, int bytes) {
        switch (bytes) {
            case 1 -> memory.set(ValueLayout.JAVA_BYTE, at, (byte) 0);
            case 2 -> memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) 0);
            case 4 -> memory.set(ValueLayout.JAVA_INT_UNALIGNED, at, 0);
            default -> memory.set(ValueLayout.JAVA_LONG_UNALIGNED, at, 0L);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Mask mask
                && rows == mask.rows
                && columns == mask.columns
                && Arrays.equals(bits, mask.bits);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bits) * 31 + columns;
    }

    @Override
    public String toString() {
        return "Mask[" + rows + ", " + columns + "] keeping " + kept() + " (" + pattern + ")";
    }

    /** Collects kept entries. Starts with none. */
    public static final class Builder {
        private final int rows;
        private final int columns;
        private final int wordsPerRow;
        private final long[] bits;
        private SparsityPattern pattern = SparsityPattern.UNSTRUCTURED;

        /**
         * An empty mask to fill.
         *
         * @param rows    number of rows
         * @param columns number of columns
         */
        public Builder(int rows, int columns) {
            this.rows = rows;
            this.columns = columns;
            this.wordsPerRow = wordsPerRow(columns);
            this.bits = new long[Math.multiplyExact(rows, wordsPerRow)];
        }

        /**
         * Keeps an entry.
         *
         * @param row    its row
         * @param column its column
         * @return this
         */
        public Builder keep(int row, int column) {
            if (row < 0 || row >= rows || column < 0 || column >= columns) {
                throw new IndexOutOfBoundsException(
                        "[" + row + ", " + column + "] lies outside a mask of [" + rows + ", " + columns + "]");
            }
            bits[row * wordsPerRow + (column >>> 6)] |= 1L << (column & 63);
            return this;
        }

        /** Without a check of the position, and without a branch on the value. */
        private void set(int row, int column, boolean kept) {
            bits[row * wordsPerRow + (column >>> 6)] |= (kept ? 1L : 0L) << (column & 63);
        }

        /**
         * Declares that every group holds a pattern. The claim is checked by {@link #build()}.
         *
         * @param declared the pattern
         * @return this
         */
        public Builder patterned(SparsityPattern declared) {
            this.pattern = requireNonNull(declared, "declared is null");
            return this;
        }

        /**
         * Makes the mask.
         *
         * @return the mask
         */
        public Mask build() {
            Mask mask = new Mask(rows, columns, bits.clone(), pattern);
            if (pattern.isGrouped()) {
                mask.checkPattern();
            }
            return mask;
        }
    }

    private void checkPattern() {
        int keptPerGroup = pattern.group() - pattern.zeros();
        for (int row = 0; row < rows; row++) {
            for (int start = 0; start < columns; start += pattern.group()) {
                int kept = 0;
                for (int j = start; j < Math.min(columns, start + pattern.group()); j++) {
                    kept += keeps(row, j) ? 1 : 0;
                }
                if (kept != keptPerGroup) {
                    throw new IllegalArgumentException("Row " + row + " keeps " + kept + " of the " + pattern.group()
                            + " columns from " + start + ", which is not " + pattern + ".");
                }
            }
        }
    }
}
