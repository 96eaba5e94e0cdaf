package lathe.engine.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The complementary error function in lanes, by S. L. Moshier's single-precision approximations (Cephes ndtrf): a
 * polynomial in x^2 up to 1, e^(-x^2)/x times a polynomial in 1/x^2 beyond.
 */
final class ErrorFunction {
    private static final float[] SMALL = {7.853861353153693E-5f, -8.010193625184903E-4f, 5.188327685732524E-3f,
        -2.685381193529856E-2f, 1.128358514861418E-1f, -3.761262582423300E-1f, 1.128379165726710E+0f};
    private static final float[] MIDDLE = {2.326819970068386E-2f, -1.387039388740657E-1f, 3.687424674597105E-1f,
        -5.824733027278666E-1f, 6.210004621745983E-1f, -4.944515323274145E-1f, 3.404879937665872E-1f,
        -2.741127028184656E-1f, 5.638259427386472E-1f};
    private static final float[] LARGE = {-1.047766399936249E+1f, 1.297719955372516E+1f, -7.495518717768503E+0f,
        2.921019019210786E+0f, -1.015265279202700E+0f, 4.218463358204948E-1f, -2.820767439740514E-1f,
        5.641895067754075E-1f};

    private ErrorFunction() {}

    /** 1 - erf(x), to a few units in the last place of the larger of it and 1 - it. */
    static FloatVector complement(FloatVector x) {
        FloatVector magnitude = x.abs();
        FloatVector square = x.mul(x);
        FloatVector small = FloatVector.broadcast(Lanes.F, 1).sub(polynomial(SMALL, square).mul(x));
        FloatVector inverse = FloatVector.broadcast(Lanes.F, 1).div(magnitude.max(1));
        FloatVector inverseSquare = inverse.mul(inverse);
        FloatVector tail = polynomial(MIDDLE, inverseSquare).blend(
                polynomial(LARGE, inverseSquare),
                magnitude.compare(VectorOperators.GE, 2));
        FloatVector far = Exponential.of(square.neg()).mul(inverse).mul(tail);
        VectorMask<Float> negative = x.compare(VectorOperators.LT, 0);
        far = far.blend(FloatVector.broadcast(Lanes.F, 2).sub(far), negative);
        return far.blend(small, magnitude.compare(VectorOperators.LT, 1));
    }

    private static FloatVector polynomial(float[] coefficients, FloatVector x) {
        FloatVector sum = FloatVector.broadcast(Lanes.F, coefficients[0]);
        for (int i = 1; i < coefficients.length; i++) {
            sum = sum.fma(x, FloatVector.broadcast(Lanes.F, coefficients[i]));
        }
        return sum;
    }
}
