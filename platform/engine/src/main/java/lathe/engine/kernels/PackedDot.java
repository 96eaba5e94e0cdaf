package lathe.engine.kernels;

/**
 * Dot products of an input with rows of packed codes, each group of columns with a scale and a zero point: the sum over
 * groups of scale * (sum of code * x - zero * sum of x).
 */
interface PackedDot {
    /**
     * Rows that {@link #multiply} does best at once. Their scales, zero points and sums are brought to their forms between
     * codes, and while that takes long, no codes come from memory.
     */
    default int rowsAtOnce() {
        return Integer.MAX_VALUE;
    }

    /**
     * Floats that an arranged input takes.
     *
     * @return a size
     */
    int arrangedSize();

    /**
     * Brings an input into the order in which codes come out of their words.
     *
     * @param input float32
     * @param to    receives {@link #arrangedSize} floats, outside the heap, where loads do not cross cache lines
     */
    void arrange(long input, long to);

    /**
     * One row.
     *
     * @param codes  address of the row's codes
     * @param input  address of the arranged input
     * @param scales scales of the row's groups, and a vector of anything after them
     * @param scale  index of the first
     * @param zeros  zero points of the row's groups, and a vector of anything after them
     * @param zero   index of the first
     * @return the product
     */
    float dot(long codes, long input, float[] scales, int scale, float[] zeros, int zero);

    /**
     * Whether {@link #multiply} takes rows with this input.
     *
     * @param input address of the arranged input
     * @return false, unless overridden
     */
    default boolean multipliesRows(long input) {
        return false;
    }

    /**
     * Products of rows with one input, where it {@link #multipliesRows}.
     *
     * @param codes    address of the first row
     * @param rowBytes from one row to the next
     * @param rows     how many
     * @param input    address of the arranged input
     * @param scales   address of the scales, row by row, with a vector of anything after them
     * @param zeros    address of the zero points
     * @param zeroStep from one row's zero points to the next, in bytes
     * @param output   address of the first product
     */
    default void multiply(long codes, int rowBytes, int rows, long input, long scales, long zeros, long zeroStep,
            long output) {
        throw new IllegalStateException("This product takes one row at a time.");
    }
}
