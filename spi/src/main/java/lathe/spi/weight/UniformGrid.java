package lathe.spi.weight;

import lathe.spi.tensor.DataType;

/**
 * The uniform grid of one group of weights: value = scale * (code - zero), codes 0 to 2^bits-1. All arithmetic is done in
 * float32 and rounds halves to even, as the references do.
 *
 * @param scale distance of neighbouring values
 * @param zero  code of the value 0
 * @param bits  bits of a code, 1 to 8
 */
public record UniformGrid(float scale, float zero, int bits) {
    /** How a grid is laid over the range of a group. */
    public enum Convention {
        /** The range is extended to hold 0; the zero point is rounded (GPTQ, arXiv 2210.17323). */
        ASYMMETRIC,
        /** Symmetric range, unsigned codes, zero point 2^(bits-1) (GPTQ with sym). */
        SYMMETRIC,
        /** The range is not extended to hold 0; the zero point is limited to the codes (AWQ, arXiv 2306.00978). */
        AWQ,
        /** scale = max|w| / (2^(bits-1)-1), signed codes; stored with 2^(bits-1) added (RSQ, most kernels). */
        SIGNED
    }

    /**
     * How the range of a group is searched: shrunk by k/grid for k = 0, 1, ..., below maxShrink.
     *
     * @param exponent  of the error |value - weight|
     * @param grid      steps of the whole range
     * @param maxShrink fraction of the range up to which it is shrunk
     */
    public record ClipSearch(double exponent, int grid, double maxShrink) {
        /** The search of GPTQ's code: 80 steps of 1 %, exponent 2.4. */
        public static final ClipSearch STANDARD = new ClipSearch(2.4, 100, 0.8);
    }

    private static final float AWQ_FLOOR = 1e-5f;

    /**
     * Lays a grid over a group.
     *
     * @param convention how
     * @param bits       bits of a code
     * @param values     weights
     * @param from       first of the group
     * @param to         after the last of the group
     * @return the grid
     */
    public static UniformGrid fit(Convention convention, int bits, float[] values, int from, int to) {
        float low = Float.POSITIVE_INFINITY;
        float high = Float.NEGATIVE_INFINITY;
        for (int i = from; i < to; i++) {
            low = Math.min(low, values[i]);
            high = Math.max(high, values[i]);
        }
        return over(convention, bits, low, high);
    }

    /**
     * Lays a grid over a group whose range is shrunk step by step (80 steps of 1 %), and keeps the one with the smallest
     * sum |value - weight|^2.4; of equal ones the widest.
     *
     * @param convention how; not AWQ, whose search is another
     * @param bits       bits of a code
     * @param values     weights
     * @param from       first of the group
     * @param to         after the last of the group
     * @return the grid
     */
    public static UniformGrid fitClipped(Convention convention, int bits, float[] values, int from, int to) {
        return fitClipped(convention, bits, values, from, to, ClipSearch.STANDARD);
    }

    /**
     * Lays a grid over a group whose range is shrunk step by step, and keeps the one with the smallest error; of equal
     * ones the widest.
     *
     * @param convention how; not AWQ, whose search is another
     * @param bits       bits of a code
     * @param values     weights
     * @param from       first of the group
     * @param to         after the last of the group
     * @param search     exponent and steps
     * @return the grid
     */
    public static UniformGrid fitClipped(
            Convention convention, int bits, float[] values, int from, int to, ClipSearch search) {
        float low = 0;
        float high = 0;
        for (int i = from; i < to; i++) {
            low = Math.min(low, values[i]);
            high = Math.max(high, values[i]);
        }
        UniformGrid best = over(convention, bits, low, high);
        double bestError = Double.POSITIVE_INFINITY;
        int steps = (int) (search.maxShrink() * search.grid());
        for (int step = 0; step < steps; step++) {
            float part = (float) (1 - (double) step / search.grid());
            UniformGrid grid = shrunk(convention, bits, low, high, part);
            double error = grid.error(values, from, to, search.exponent());
            if (error < bestError) {
                bestError = error;
                best = grid;
            }
        }
        return best;
    }

    private static UniformGrid shrunk(Convention convention, int bits, float low, float high, float part) {
        float largest = Math.max(-low, high);
        return switch (convention) {
            // The symmetric range is made symmetric first and shrunk then, as in the reference.
            case SYMMETRIC -> over(convention, bits, low < 0 ? -largest * part : low * part, largest * part);
            case SIGNED -> over(convention, bits, -largest * part, largest * part);
            case ASYMMETRIC, AWQ -> over(convention, bits, low * part, high * part);
        };
    }

    /**
     * Lays a grid over a range.
     *
     * @param convention how
     * @param bits       bits of a code
     * @param low        smallest weight
     * @param high       largest weight
     * @return the grid
     */
    public static UniformGrid over(Convention convention, int bits, float low, float high) {
        return switch (convention) {
            case ASYMMETRIC -> asymmetric(bits, Math.min(low, 0), Math.max(high, 0));
            case SYMMETRIC -> symmetric(bits, low < 0, Math.max(-Math.min(low, 0), Math.max(high, 0)));
            case AWQ -> awq(bits, low, high);
            case SIGNED -> signed(bits, Math.max(Math.abs(low), Math.abs(high)));
        };
    }

    private static UniformGrid asymmetric(int bits, float low, float high) {
        boolean empty = low == 0 && high == 0;
        float min = empty ? -1 : low;
        float max = empty ? 1 : high;
        float scale = (max - min) / top(bits);
        return new UniformGrid(scale, round(-min / scale), bits);
    }

    private static UniformGrid symmetric(int bits, boolean hasNegative, float largest) {
        float max = largest == 0 ? 1 : largest;
        float min = hasNegative || largest == 0 ? -max : 0;
        return new UniformGrid((max - min) / top(bits), 1 << (bits - 1), bits);
    }

    private static UniformGrid awq(int bits, float low, float high) {
        float scale = Math.max(high - low, AWQ_FLOOR) / top(bits);
        return new UniformGrid(scale, Math.clamp(-round(low / scale), 0, top(bits)), bits);
    }

    private static UniformGrid signed(int bits, float largest) {
        int half = Math.max((1 << (bits - 1)) - 1, 1);
        return new UniformGrid(Math.max(largest, AWQ_FLOOR) / half, 1 << (bits - 1), bits);
    }

    private static int top(int bits) {
        return (1 << bits) - 1;
    }

    /**
     * The grid as it is stored: with its scale rounded to a type. Codes must be taken from the stored grid.
     *
     * @param type F32, F16 or BF16
     * @return a grid whose scale the type holds exactly
     */
    public UniformGrid stored(DataType type) {
        return switch (type) {
            case F32 -> this;
            case F16 ->
                new UniformGrid(nonZero(Float.float16ToFloat(Float.floatToFloat16(scale)), 0x1p-24f), zero, bits);
            case BF16 -> new UniformGrid(roundToBfloat16(scale), zero, bits);
            default -> throw new IllegalArgumentException("Scales are stored as F32, F16 or BF16, not " + type + ".");
        };
    }

    private static float nonZero(float value, float smallest) {
        return value == 0 ? smallest : value;
    }

    private static float roundToBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.intBitsToFloat(bits + 0x7fff + (bits >>> 16 & 1) & 0xffff0000);
    }

    /**
     * The code of a weight.
     *
     * @param weight the weight
     * @return 0 to 2^bits-1
     */
    public int code(float weight) {
        float code = round(weight / scale) + zero;
        return (int) Math.clamp(code, 0, (1 << bits) - 1);
    }

    /**
     * The value of a code.
     *
     * @param code 0 to 2^bits-1
     * @return scale * (code - zero)
     */
    public float value(int code) {
        return scale * (code - zero);
    }

    private double error(float[] values, int from, int to, double exponent) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += Math.pow(Math.abs(value(code(values[i])) - values[i]), exponent);
        }
        return sum;
    }

    private static float round(float value) {
        return (float) Math.rint(value);
    }
}
