package lathe.models.architecture;

/**
 * Which rows of a stored matrix make up a weight. Row r of the weight is the stored row
 * {@code first + r / group * stride + r % group}.
 *
 * @param rows   rows of the weight
 * @param first  stored row of its first row
 * @param group  rows that lie together
 * @param stride distance between the first rows of two groups
 */
public record RowSelection(long rows, long first, long group, long stride) {
    /**
     * Rows that lie together.
     *
     * @param first stored row of the first
     * @param rows  how many
     * @return the selection
     */
    public static RowSelection range(long first, long rows) {
        return new RowSelection(rows, first, Math.max(rows, 1), Math.max(rows, 1));
    }

    /**
     * Whether all rows lie together.
     *
     * @return true for a plain range
     */
    public boolean isRange() {
        return group >= rows || group == stride;
    }

    /**
     * Where a row lies.
     *
     * @param row row of the weight
     * @return row of the stored matrix
     */
    public long stored(long row) {
        return first + row / group * stride + row % group;
    }

    RowSelection shifted(long by) {
        return new RowSelection(rows, first + by, group, stride);
    }
}
