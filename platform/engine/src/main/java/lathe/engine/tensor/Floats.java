package lathe.engine.tensor;

/**
 * Rounding between float formats, to nearest, halves to even, each in one step. Overflow goes to infinity where the format
 * has one; E4M3 has none and gives NaN, as torch does.
 */
public final class Floats {
    private static final float[] E4M3 = table(4, 7, true);
    private static final float[] E5M2 = table(5, 15, false);

    private Floats() {}

    /**
     * Value of a bfloat16.
     *
     * @param bits its bits
     * @return the value
     */
    public static float fromBf16(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /**
     * Nearest bfloat16.
     *
     * @param value any value; NaN gives a quiet NaN
     * @return its bits
     */
    public static short toBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (value != value) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    /**
     * Value of an 8-bit float with four exponent bits.
     *
     * @param bits its bits
     * @return the value
     */
    public static float fromE4m3(byte bits) {
        return E4M3[bits & 0xff];
    }

    /**
     * Value of an 8-bit float with five exponent bits.
     *
     * @param bits its bits
     * @return the value
     */
    public static float fromE5m2(byte bits) {
        return E5M2[bits & 0xff];
    }

    /**
     * Nearest 8-bit float with four exponent bits (largest 448, no infinity).
     *
     * @param value any value
     * @return its bits; NaN from where 480 would be nearest
     */
    public static byte toE4m3(float value) {
        int bits = toSmall(value, 3, 7);
        return (byte) (sign(value) | ((bits > 0x7e || value != value) ? 0x7f : bits));
    }

    /**
     * Nearest 8-bit float with five exponent bits (largest 57344).
     *
     * @param value any value
     * @return its bits; infinity from where 65536 would be nearest
     */
    public static byte toE5m2(float value) {
        if (value != value) {
            return (byte) (sign(value) | 0x7f);
        }
        return (byte) (sign(value) | Math.min(0x7c, toSmall(value, 2, 15)));
    }

    /**
     * A float32 from which rounding to any narrower float gives what rounding the double itself would: inexact values
     * are cut, with an odd last bit.
     *
     * @param value any value
     * @return the value itself if it is a float32, otherwise the odd neighbour
     */
    public static float toOdd(double value) {
        float near = (float) value;
        if (near == value || value != value || (Float.floatToRawIntBits(near) & 1) != 0) {
            return near;
        }
        if (Float.isInfinite(near)) {
            return near;
        }
        return near < value ? Math.nextUp(near) : Math.nextDown(near);
    }

    private static int sign(float value) {
        return Float.floatToRawIntBits(value) >>> 24 & 0x80;
    }

    /** Magnitude in a format of few bits; what overflows has larger bits than the format's largest. */
    private static int toSmall(float value, int mantissa, int bias) {
        float magnitude = Math.abs(value);
        if (!(magnitude < 1e6f)) {
            return 0xff;
        }
        int exponent = Math.max(Math.getExponent(magnitude), 1 - bias);
        // In units of the last place of the format; a power of two, so that the product is exact.
        double units = magnitude * Math.scalb(1.0, mantissa - exponent);
        int rounded = (int) Math.rint(units);
        // Carries into the next exponent come out by themselves, and so do subnormals (exponent field 0).
        return (exponent + bias - 1 << mantissa) + rounded;
    }

    private static float[] table(int exponentBits, int bias, boolean finite) {
        int mantissaBits = 7 - exponentBits;
        float[] values = new float[256];
        for (int bits = 0; bits < 256; bits++) {
            int exponent = (bits & 0x7f) >>> mantissaBits;
            int mantissa = bits & (1 << mantissaBits) - 1;
            int top = (1 << exponentBits) - 1;
            float value;
            if (finite ? (bits & 0x7f) == 0x7f : exponent == top && mantissa != 0) {
                value = Float.NaN;
            } else if (!finite && exponent == top) {
                value = Float.POSITIVE_INFINITY;
            } else {
                int implicit = exponent == 0 ? 0 : 1 << mantissaBits;
                value = (float) Math.scalb((double) (implicit + mantissa),
                        Math.max(exponent, 1) - bias - mantissaBits);
            }
            values[bits] = bits >= 128 ? -value : value;
        }
        return values;
    }
}
