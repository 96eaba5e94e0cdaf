package lathe.engine.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * e^x in lanes, to about one unit in the last place: x = n ln 2 + r with |r| at most ln(2)/2, a polynomial for e^r and n
 * added to the exponent. Results below 2^-125.5 are zero.
 */
public final class Exponential {
    private static final float LOG2_E = 1.44269504f;
    private static final float LN2_HIGH = 0x1.62e4p-1f;
    private static final float LN2_LOW = 0x1.7f7d1cp-20f;
    /**
     * Adding and subtracting it rounds to the nearest integer, which stands in the lowest bits of the sum: shifted into the
     * exponent, those are a power of two without a conversion, which costs six instructions for numbers out of range.
     */
    private static final float ROUNDER = 0x1.8p23f;
    /** e^x is subnormal below it and infinite above the other. */
    private static final float LOWEST = -87.33654f;
    private static final float HIGHEST = 88.72283f;
    /** From here on results are at least the smallest normal number. */
    private static final float LOWEST_NORMAL = -87f;

    private Exponential() {}

    /**
     * e^x of one number: the scalar twin, whose bits are those of a lane.
     *
     * @param x any number
     * @return its exponential; NaN stays NaN
     */
    public static float of(float x) {
        if (Float.isNaN(x) || x > HIGHEST) {
            return x > HIGHEST ? Float.POSITIVE_INFINITY : x;
        }
        if (x < LOWEST) {
            return 0;
        }
        float n = x * LOG2_E + ROUNDER - ROUNDER;
        float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, x));
        float p = 1.9841270e-4f;
        p = Math.fma(p, r, 1.3888889e-3f);
        p = Math.fma(p, r, 8.3333333e-3f);
        p = Math.fma(p, r, 4.1666667e-2f);
        p = Math.fma(p, r, 1.6666667e-1f);
        p = Math.fma(p, r, 0.5f);
        p = Math.fma(p * r, r, r) + 1;
        return p * Float.intBitsToFloat((int) n + 126 << 23) * 2;
    }

    /**
     * e^x.
     *
     * @param x any numbers
     * @return their exponentials; NaN stays NaN
     */
    public static FloatVector of(FloatVector x) {
        // Out of range all of this is nonsense, and replaced at the end: cheaper than to clamp as Java does.
        FloatVector rounded = x.mul(LOG2_E).add(ROUNDER);
        FloatVector n = rounded.sub(ROUNDER);
        FloatVector r = n.fma(FloatVector.broadcast(Lanes.F, -LN2_HIGH), x);
        r = n.fma(FloatVector.broadcast(Lanes.F, -LN2_LOW), r);
        FloatVector p = FloatVector.broadcast(Lanes.F, 1.9841270e-4f);
        p = p.fma(r, FloatVector.broadcast(Lanes.F, 1.3888889e-3f));
        p = p.fma(r, FloatVector.broadcast(Lanes.F, 8.3333333e-3f));
        p = p.fma(r, FloatVector.broadcast(Lanes.F, 4.1666667e-2f));
        p = p.fma(r, FloatVector.broadcast(Lanes.F, 1.6666667e-1f));
        p = p.fma(r, FloatVector.broadcast(Lanes.F, 0.5f));
        p = p.mul(r).fma(r, r).add(1);
        // Half of 2^n twice, since n may be 128.
        IntVector exponent = rounded.reinterpretAsInts().add(126);
        FloatVector power = exponent.lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
        return p.mul(power).mul(2)
                .blend(0, x.compare(VectorOperators.LT, LOWEST))
                .blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.GT, HIGHEST));
    }

    /**
     * Turns scores s into e^(s - maximum), to the bits of {@link #of(FloatVector)}. Written out: called in a loop it is boxed
     * wherever the compiler's budget for inlining ends. Nothing is above the maximum, so that nothing overflows.
     *
     * @param scores  numbers, whole vectors of which are replaced
     * @param from    first, a multiple of a vector
     * @param to      after the last, a multiple of a vector
     * @param maximum at least as large as all
     * @return sum of the results
     */
    public static float weigh(long scores, int from, int to, float maximum) {
        try (Scratch.Frame frame = Scratch.frame()) {
            long sums = frame.floats(Lanes.N);
            weights(scores, from, to, maximum);
            sum(scores, from, to, sums);
            FourDot.sum(1, sums, sums);
            return Memory.getFloat(sums);
        }
    }

    /**
     * Without their sum, and in two loops: in one the compiler's budget ended before the last operation, and boxed it at
     * every turn. Both in one method, too large for the compiler to draw it into its caller, where it boxed them again.
     */
    private static void weights(long scores, int from, int to, float maximum) {
        long address = Memory.known(scores);
        // What is too small for a result gets the number whose power of two is zero.
        for (int i = from; i < to; i += Lanes.N) {
            FloatVector x = Lanes.floats(address + 4L * i).sub(maximum);
            Lanes.store(x.blend(LOWEST, x.compare(VectorOperators.LT, LOWEST)), address + 4L * i);
        }
        for (int i = from; i < to; i += Lanes.N) {
            FloatVector x = Lanes.floats(address + 4L * i);
            FloatVector rounded = x.mul(LOG2_E).add(ROUNDER);
            FloatVector n = rounded.sub(ROUNDER);
            FloatVector r = n.fma(FloatVector.broadcast(Lanes.F, -LN2_HIGH), x);
            r = n.fma(FloatVector.broadcast(Lanes.F, -LN2_LOW), r);
            FloatVector p = FloatVector.broadcast(Lanes.F, 1.9841270e-4f);
            p = p.fma(r, FloatVector.broadcast(Lanes.F, 1.3888889e-3f));
            p = p.fma(r, FloatVector.broadcast(Lanes.F, 8.3333333e-3f));
            p = p.fma(r, FloatVector.broadcast(Lanes.F, 4.1666667e-2f));
            p = p.fma(r, FloatVector.broadcast(Lanes.F, 1.6666667e-1f));
            p = p.fma(r, FloatVector.broadcast(Lanes.F, 0.5f));
            p = p.mul(r).fma(r, r).add(1);
            IntVector exponent = rounded.reinterpretAsInts().add(126);
            FloatVector power = exponent.lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
            Lanes.store(p.mul(power).mul(2), address + 4L * i);
        }
    }

    /** Leaves the sum lane by lane. */
    private static void sum(long numbers, int from, int to, long sums) {
        FloatVector sum = FloatVector.zero(Lanes.F);
        long address = Memory.known(numbers);
        for (int i = from; i < to; i += Lanes.N) {
            sum = sum.add(Lanes.floats(address + 4L * i));
        }
        Lanes.store(sum, Memory.known(sums));
    }

    /**
     * Turns scores s into e^(s - maximum), for as many rows side by side as two vectors have lanes: another maximum in every
     * lane. Results below e^-87 are zero, so that a power of two is added to the exponent without becoming subnormal.
     *
     * @param scores  [keys, rows], replaced
     * @param from    first number
     * @param to      after the last, whole keys
     * @param maxima  of each row, at least as large as all of its scores, and finite
     * @param sums    receives the sum of each row's results
     */
    public static void weigh(float[] scores, int from, int to, float[] maxima, float[] sums) {
        FloatVector maximum = FloatVector.fromArray(Lanes.F, maxima, 0);
        FloatVector other = FloatVector.fromArray(Lanes.F, maxima, Lanes.N);
        FloatVector sum = FloatVector.zero(Lanes.F);
        FloatVector otherSum = sum;
        for (int i = from; i < to; i += Lanes.N) {
            FloatVector x = FloatVector.fromArray(Lanes.F, scores, i).sub(maximum);
            FloatVector rounded = x.mul(LOG2_E).add(ROUNDER);
            FloatVector n = rounded.sub(ROUNDER);
            FloatVector r = n.fma(FloatVector.broadcast(Lanes.F, -LN2_HIGH), x);
            r = n.fma(FloatVector.broadcast(Lanes.F, -LN2_LOW), r);
            FloatVector p = FloatVector.broadcast(Lanes.F, 1.9841270e-4f);
            p = p.fma(r, FloatVector.broadcast(Lanes.F, 1.3888889e-3f));
            p = p.fma(r, FloatVector.broadcast(Lanes.F, 8.3333333e-3f));
            p = p.fma(r, FloatVector.broadcast(Lanes.F, 4.1666667e-2f));
            p = p.fma(r, FloatVector.broadcast(Lanes.F, 1.6666667e-1f));
            p = p.fma(r, FloatVector.broadcast(Lanes.F, 0.5f));
            p = p.mul(r).fma(r, r).add(1);
            IntVector exponent = rounded.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
            FloatVector weight = p.reinterpretAsInts().add(exponent).reinterpretAsFloats()
                    .blend(0, x.compare(VectorOperators.LT, LOWEST_NORMAL));
            weight.intoArray(scores, i);
            FloatVector next = otherSum;
            otherSum = sum.add(weight);
            sum = next;
            FloatVector turned = other;
            other = maximum;
            maximum = turned;
        }
        sum.intoArray(sums, 0);
        otherSum.intoArray(sums, Lanes.N);
    }

    /**
     * The gate of most models, g / (1 + e^-g) times u, to the bits of {@link #of(FloatVector)}. Written out, as
     * {@link #weigh} is.
     *
     * @param gate   address of g
     * @param up     address of u
     * @param count  how many, whole vectors
     * @param output address of the results; may be one of the others
     */
    static void gateSilu(long gate, long up, int count, long output) {
        long gates = Memory.known(gate);
        long factors = Memory.known(up);
        long results = Memory.known(output);
        for (int i = 0; i < count; i += Lanes.N) {
            FloatVector x = Lanes.floats(gates + 4L * i);
            FloatVector minus = x.neg();
            FloatVector rounded = minus.mul(LOG2_E).add(ROUNDER);
            FloatVector n = rounded.sub(ROUNDER);
            FloatVector r = n.fma(FloatVector.broadcast(Lanes.F, -LN2_HIGH), minus);
            r = n.fma(FloatVector.broadcast(Lanes.F, -LN2_LOW), r);
            FloatVector p = FloatVector.broadcast(Lanes.F, 1.9841270e-4f);
            p = p.fma(r, FloatVector.broadcast(Lanes.F, 1.3888889e-3f));
            p = p.fma(r, FloatVector.broadcast(Lanes.F, 8.3333333e-3f));
            p = p.fma(r, FloatVector.broadcast(Lanes.F, 4.1666667e-2f));
            p = p.fma(r, FloatVector.broadcast(Lanes.F, 1.6666667e-1f));
            p = p.fma(r, FloatVector.broadcast(Lanes.F, 0.5f));
            p = p.mul(r).fma(r, r).add(1);
            IntVector exponent = rounded.reinterpretAsInts().add(126);
            FloatVector power = exponent.lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
            // A NaN divided by anything is one, so that it needs no place of its own here.
            FloatVector exponential = p.mul(power).mul(2)
                    .blend(0, minus.compare(VectorOperators.LT, LOWEST))
                    .blend(Float.POSITIVE_INFINITY, minus.compare(VectorOperators.GT, HIGHEST));
            Lanes.store(x.div(exponential.add(1)).mul(Lanes.floats(factors + 4L * i)), results + 4L * i);
        }
    }
}
