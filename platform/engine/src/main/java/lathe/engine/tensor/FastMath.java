package lathe.engine.tensor;

/**
 * Exponential of float32 by range reduction to |r| <= ln(2)/2 and a polynomial of degree 7, about one unit in the last
 * place. The Vector API twin does the same steps with the same rounding, so that results depend neither on the width of
 * the vectors nor on where in a run an element stands.
 */
final class FastMath {
    static final float LOG2_E = 1.44269504088896f;
    static final float LN2_HIGH = 0.693359375f;
    static final float LN2_LOW = -2.12194440e-4f;
    /** Above it the result is infinite, below the other one it is 0. */
    static final float EXP_HIGH = 88.72284f;
    static final float EXP_LOW = -103.97208f;
    /** Taylor coefficients of order 2 to 7; on this interval better ones change less than the rounding does. */
    static final float C2 = 0.5f;
    static final float C3 = 1.6666667e-1f;
    static final float C4 = 4.1666668e-2f;
    static final float C5 = 8.3333338e-3f;
    static final float C6 = 1.3888889e-3f;
    static final float C7 = 1.9841270e-4f;
    /** Adding and subtracting it rounds to the nearest integer, halves to even. */
    static final float ROUNDER = 0x1.8p23f;

    private FastMath() {}

    static float exp(float x) {
        float clamped = Math.max(Math.min(x, EXP_HIGH), EXP_LOW);
        float n = Math.fma(clamped, LOG2_E, ROUNDER) - ROUNDER;
        float r = Math.fma(n, -LN2_HIGH, clamped);
        r = Math.fma(n, -LN2_LOW, r);
        float p = Math.fma(C7, r, C6);
        p = Math.fma(p, r, C5);
        p = Math.fma(p, r, C4);
        p = Math.fma(p, r, C3);
        p = Math.fma(p, r, C2);
        p = Math.fma(p * r, r, r) + 1f;
        // Two factors, since 2^n alone overflows at 128 and is subnormal below -126.
        int exponent = (int) n;
        int first = exponent >> 1;
        float y = p * Float.intBitsToFloat(first + 127 << 23) * Float.intBitsToFloat(exponent - first + 127 << 23);
        if (x > EXP_HIGH) {
            return Float.POSITIVE_INFINITY;
        }
        return x < EXP_LOW ? 0f : y;
    }
}
