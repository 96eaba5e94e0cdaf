package lathe.engine.kernels;

/**
 * Dot products of an input with rows of packed codes, each group of columns with a scale and a zero point: the sum over
 * groups of scale * (sum of code * x - zero * sum of x).
 */
interface PackedDot {
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
}
