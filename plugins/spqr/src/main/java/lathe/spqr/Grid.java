package lathe.spqr;

import lathe.spi.tensor.DataType;

/**
 * An asymmetric grid with a real zero point (step 4), in float32: value = scale * (code - zero), halves to even. The range
 * is that of the values, 0 in it or not.
 *
 * @param scale distance of neighbouring values
 * @param zero  zero point in code units
 * @param bits  bits of a code
 */
record Grid(float scale, float zero, int bits) {
    private static final float FLOOR = 1e-9f;
    /** In steps of the grid: beyond, zero points in half precision are wrong by more than a step. */
    private static final float FARTHEST_ZERO = 4096;
    private static final float LARGEST_HALF = 65504;
    private static final float SMALLEST_HALF = 0x1p-24f;

    /**
     * Fits a grid.
     *
     * @param values first {@code count} of an array
     * @param parity the range of equal values: -1 to 1, or a grid that has the value
     */
    static Grid fit(float[] values, int count, int bits, boolean parity) {
        float low = Float.POSITIVE_INFINITY;
        float high = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            low = Math.min(low, values[i]);
            high = Math.max(high, values[i]);
        }
        return over(low, high, bits, parity);
    }

    static Grid over(float low, float high, int bits, boolean parity) {
        int top = (1 << bits) - 1;
        float scale = (high - low) / top;
        if (low < high && (parity || Math.abs(low) < FARTHEST_ZERO * scale)) {
            return new Grid(scale, -low / scale, bits);
        }
        if (low > high || parity) {
            return new Grid(2f / top, top / 2f, bits);
        }
        // One value, or what half precision takes for one: the number next to the zero point, or at it.
        float value = low + (high - low) / 2;
        return value == 0 ? new Grid(1, 0, bits) : new Grid(Math.abs(value), value < 0 ? 1 : 0, bits);
    }

    /** The same grid with its zero point at a code. */
    Grid rounded() {
        return new Grid(scale, (float) Math.rint(zero), bits);
    }

    int code(float value) {
        float code = (float) Math.rint(value / Math.max(scale, FLOOR) + zero);
        return (int) Math.clamp(code, 0f, (1 << bits) - 1);
    }

    float value(int code) {
        return scale * (code - zero);
    }

    /** A number as it is stored; no scale becomes zero. */
    static float stored(float value, DataType type) {
        return switch (type) {
            case F16 -> half(value);
            case BF16 -> brain(value);
            default -> value;
        };
    }

    private static float half(float value) {
        float limited = Math.clamp(value, -LARGEST_HALF, LARGEST_HALF);
        float rounded = Float.float16ToFloat(Float.floatToFloat16(limited));
        return rounded == 0 && value != 0 ? Math.copySign(SMALLEST_HALF, value) : rounded;
    }

    private static float brain(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.intBitsToFloat(bits + 0x7fff + (bits >>> 16 & 1) & 0xffff0000);
    }
}
