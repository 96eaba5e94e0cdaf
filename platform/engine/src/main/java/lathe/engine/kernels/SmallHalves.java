package lathe.engine.kernels;

/**
 * What {@link FourDot#smallHalves} asks of float16 weights and their inputs: weights that are numbers, and inputs so large
 * that the products with what reads 2^112 times too small stay normal numbers. All factors are powers of two, so products
 * have the bits of those of converted weights.
 */
final class SmallHalves {
    /**
     * The largest scaled input is below two to the one more than this: sums of up to 2^27 products with weights up to 65504
     * are finite.
     */
    private static final int EXPONENT = 83;
    private static final int TOO_SMALL = 112;
    /** What is known of a row. */
    private static final byte NUMBERS = 1;
    private static final byte OTHERS = 2;

    private final byte[] known;

    /** For so many rows. */
    SmallHalves(int rows) {
        known = new byte[rows];
    }

    /**
     * Scales an input, and writes behind it what it was scaled by.
     *
     * @param input numbers
     * @param at    index of the first
     * @param count how many
     */
    static void scale(float[] input, int at, int count) {
        int largest = 0;
        for (int i = at; i < at + count; i++) {
            largest = Math.max(largest, Float.floatToRawIntBits(input[i]) & 0x7fffffff);
        }
        int exponent = Math.max(Float.MIN_EXPONENT, Math.getExponent(Float.intBitsToFloat(largest)));
        // Nothing is gained where one is infinite or none.
        int up = exponent > Float.MAX_EXPONENT ? 0 : EXPONENT - exponent;
        float first = Math.scalb(1f, Math.min(up, Float.MAX_EXPONENT));
        float second = Math.scalb(1f, Math.max(up - Float.MAX_EXPONENT, 0));
        for (int i = at; i < at + count; i++) {
            input[i] = input[i] * first * second;
        }
        input[at + count] = up;
    }

    /**
     * What a product with converted weights is multiplied by.
     *
     * @param input a scaled input
     * @param at    its first index
     * @param count numbers of it
     */
    static double unit(float[] input, int at, int count) {
        return Math.scalb(1.0, -(int) input[at + count]);
    }

    /** What a product with weights that are read too small is multiplied by. */
    static double unitOfSmall(float[] input, int at, int count) {
        return Math.scalb(1.0, TOO_SMALL - (int) input[at + count]);
    }

    /**
     * Whether all weights of some rows are numbers, which is looked up once. Threads that ask at the same time find the same.
     *
     * @param from    first row
     * @param to      row after the last
     * @param weights address of the first row
     * @param columns of a row
     */
    boolean numbers(int from, int to, long weights, int columns) {
        boolean all = true;
        for (int row = from; row < to; row++) {
            if (known[row] == 0) {
                known[row] = allNumbers(weights + 2L * columns * (row - from), columns) ? NUMBERS : OTHERS;
            }
            all &= known[row] == NUMBERS;
        }
        return all;
    }

    /** Four at a time: one is added to each exponent, which overflows into the sign if all its bits are set. */
    static boolean allNumbers(long weights, long count) {
        long others = 0;
        long i = 0;
        for (; i <= count - 4; i += 4) {
            long exponents = Memory.getLong(weights + 2 * i) & 0x7c007c007c007c00L;
            others |= exponents + 0x0400040004000400L;
        }
        for (; i < count; i++) {
            others |= (Memory.getShort(weights + 2 * i) & 0x7c00) + 0x0400;
        }
        return (others & 0x8000800080008000L) == 0;
    }
}
