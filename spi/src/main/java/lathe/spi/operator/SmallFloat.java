package lathe.spi.operator;

import java.lang.foreign.ValueLayout;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Floating-point numbers of 4 and 8 bits: a sign, an exponent and a mantissa, with subnormal numbers (FP8: arXiv
 * 2209.05433; FP4: OCP Microscaling Formats (MX) v1.0). Numbers are rounded to nearest, halves to the even mantissa, and
 * what is too large becomes the largest finite number.
 */
public enum SmallFloat {
    /** Eight bits, four of exponent; no infinities, largest 448. */
    E4M3(4, 3, 0x7e, DataType.F8_E4M3),
    /** Eight bits, five of exponent; largest finite 57344. */
    E5M2(5, 2, 0x7b, DataType.F8_E5M2),
    /** Four bits: 0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives. */
    E2M1(2, 1, 0x7, DataType.F8_E4M3);

    private final int exponentBits;
    private final int mantissaBits;
    private final int top;
    private final DataType tableType;

    SmallFloat(int exponentBits, int mantissaBits, int top, DataType tableType) {
        this.exponentBits = exponentBits;
        this.mantissaBits = mantissaBits;
        this.top = top;
        this.tableType = tableType;
    }

    /**
     * Bits of a number.
     *
     * @return 4 or 8
     */
    public int bits() {
        return 1 + exponentBits + mantissaBits;
    }

    /**
     * The largest finite number.
     *
     * @return 448, 57344 or 6
     */
    public float largest() {
        return value(top);
    }

    /**
     * Exponent of the largest finite number: it lies in [2^e, 2^(e+1)).
     *
     * @return 8, 15 or 2
     */
    public int largestExponent() {
        return Math.getExponent(largest());
    }

    /**
     * The number of a code. Codes above the largest finite number have the values that this formula gives, not infinity or
     * NaN: {@link #code} makes none.
     *
     * @param code sign, exponent and mantissa, from the highest bit to the lowest
     * @return the number
     */
    public float value(int code) {
        int sign = code >>> bits() - 1;
        int exponent = code >>> mantissaBits & (1 << exponentBits) - 1;
        int mantissa = code & (1 << mantissaBits) - 1;
        int whole = exponent == 0 ? mantissa : mantissa + (1 << mantissaBits);
        float magnitude = Math.scalb((float) whole, Math.max(exponent, 1) - bias() - mantissaBits);
        return sign == 0 ? magnitude : -magnitude;
    }

    /**
     * The code of the nearest number.
     *
     * @param value a number, not NaN
     * @return its code
     */
    public int code(float value) {
        if (Float.isNaN(value)) {
            throw new IllegalArgumentException("NaN has no nearest number of " + bits() + " bits.");
        }
        int sign = Float.floatToRawIntBits(value) >>> 31 << bits() - 1;
        float magnitude = Math.abs(value);
        if (magnitude >= largest()) {
            return sign | top;
        }
        int exponent = Math.max(Math.getExponent(magnitude), 1 - bias());
        // A power of two divides exactly, so that rint alone rounds; a carry runs into the exponent by itself.
        int whole = (int) Math.rint(Math.scalb((double) magnitude, mantissaBits - exponent));
        return sign | (exponent + bias() - 1 << mantissaBits) + whole;
    }

    /**
     * Values of all codes, as {@link Codebook} wants them.
     *
     * @param scope where the table lives
     * @return [2^bits], of a type of one byte
     */
    public Tensor table(Scope scope) {
        Tensor table = scope.zeros(tableType, 1 << bits());
        for (int code = 0; code < 1 << bits(); code++) {
            if (bits() == Byte.SIZE) {
                table.segment().set(ValueLayout.JAVA_BYTE, code, (byte) code);
            } else {
                table.set(value(code), code);
            }
        }
        return table;
    }

    private int bias() {
        return (1 << exponentBits - 1) - 1;
    }
}
