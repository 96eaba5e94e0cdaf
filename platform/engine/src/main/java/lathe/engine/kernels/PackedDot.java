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
     * @param to    receives the input
     * @param at    first index of {@code to}
     */
    void arrange(long input, float[] to, int at);

    /**
     * One row.
     *
     * @param codes  address of the row's codes
     * @param input  arranged input
     * @param at     its first index
     * @param scales scales of the row's groups, and a vector of anything after them
     * @param scale  index of the first
     * @param zeros  zero points of the row's groups, and a vector of anything after them
     * @param zero   index of the first
     * @return the product
     */
    float dot(long codes, float[] input, int at, float[] scales, int scale, float[] zeros, int zero);
}
