package lathe.engine.kernels;

/**
 * The inner loops of the kernels, by address. {@link VectorRowMath} runs them in lanes, {@link ScalarRowMath} is its
 * twin that a reader can check; a random test holds both to each other. Weights are read where they are stored, in any
 * alignment.
 */
public interface RowMath {
    /**
     * What runs.
     *
     * @return such as {@code 256-bit vectors}
     */
    String name();

    /**
     * Whether kernels may use loops that only exist in lanes.
     *
     * @return false for the scalar twin
     */
    default boolean hasLanes() {
        return true;
    }

    /**
     * Asks whether the process is so young that a loop in lanes, which the interpreter runs at a thousandth of its speed,
     * leaves its numbers to a twin that computes one at a time to the same bits. A short command ends before that changes.
     *
     * @param count how many numbers are computed next
     * @return false in lanes of which no compiler need know, and once so many numbers were computed that it pays
     */
    default boolean isYoung(int count) {
        return false;
    }

    /**
     * Whether loops in lanes are the faster ones by now, wherever they give the same bits.
     *
     * @return false for the scalar twin
     */
    default boolean startedLanes() {
        return hasLanes();
    }

    /**
     * A dot product of float32 numbers.
     *
     * @param left  first vector
     * @param right second vector
     * @param count their length
     * @return the sum of the products
     */
    float dot(long left, long right, int count);

    /**
     * A dot product with float32 weights.
     *
     * @param weights float32
     * @param input   the other vector
     * @param at      its first index
     * @param count   length
     * @return the sum of the products
     */
    float dot(long weights, float[] input, int at, int count);

    /**
     * Arranges an input for {@link #dotBf16} and {@link #dotF16}.
     *
     * @param input float32
     * @param count its length
     * @param to    receives as many numbers in an order of this object's own
     * @param at    first index of {@code to}
     */
    void splitPairs(long input, int count, float[] to, int at);

    /**
     * A dot product with bfloat16 weights.
     *
     * @param weights bfloat16
     * @param split   arranged by {@link #splitPairs}
     * @param at      its first index
     * @param count   length
     * @return the sum of the products
     */
    float dotBf16(long weights, float[] split, int at, int count);

    /**
     * A dot product with half precision weights.
     *
     * @param weights float16
     * @param split   arranged by {@link #splitPairs}
     * @param at      its first index
     * @param count   length
     * @return the sum of the products
     */
    float dotF16(long weights, float[] split, int at, int count);

    /**
     * Products with packed codes.
     *
     * @param bits    bits of a code
     * @param columns codes of a row
     * @param group   columns that share a scale
     * @return the product for rows of this kind
     */
    PackedDot packedDot(int bits, int columns, int group);

    /**
     * Turns bfloat16 into float32.
     *
     * @param from  bfloat16
     * @param count how many
     * @param to    float32
     */
    void widenBf16(long from, int count, long to);

    /**
     * Turns half precision into float32.
     *
     * @param from  float16
     * @param count how many
     * @param to    float32
     */
    void widenF16(long from, int count, long to);

    /**
     * Adds a multiple: target += factor * source.
     *
     * @param factor the factor
     * @param source float32
     * @param target float32
     * @param count  length
     */
    void addScaled(float factor, long source, long target, int count);

    /**
     * Multiplies in place.
     *
     * @param target float32
     * @param factor the factor
     * @param count  length
     */
    void scale(long target, float factor, int count);

    /**
     * Codes as numbers.
     *
     * @param row   packed codes ({@link lathe.spi.operator.BitPacking})
     * @param from  first code
     * @param count how many
     * @param bits  bits of a code
     * @param to    float32
     */
    void unpack(long row, long from, int count, int bits, long to);

    /**
     * Dequantises in place: x = scale * (x - zero).
     *
     * @param target float32
     * @param count  length
     * @param scale  scale
     * @param zero   zero point
     */
    void dequantise(long target, int count, float scale, float zero);

    /**
     * Sum of squares, in blocks whose sums are added in float64.
     *
     * @param values float32
     * @param count  length
     * @return the sum
     */
    double sumOfSquares(long values, int count);
}
