package lathe.engine.kernels;

/** Products of an input with rows of codes that look their value up in a table. */
interface CodebookDot {
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
     * @param codes  address of its codes
     * @param table  the values
     * @param input  arranged input
     * @param at     its first index
     * @param scales scales of the row's groups, and a vector of anything after them
     * @return the product
     */
    float dot(long codes, float[] table, float[] input, int at, float[] scales);
}
