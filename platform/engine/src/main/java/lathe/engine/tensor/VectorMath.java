package lathe.engine.tensor;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Functions of whole vectors, with the bits of their scalar twins. */
final class VectorMath {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

    private VectorMath() {}

    /** {@link FastMath#exp}, step by step. */
    static FloatVector exp(FloatVector x) {
        FloatVector clamped = x.min(FastMath.EXP_HIGH).max(FastMath.EXP_LOW);
        FloatVector rounder = FloatVector.broadcast(FLOATS, FastMath.ROUNDER);
        FloatVector n = clamped.fma(FloatVector.broadcast(FLOATS, FastMath.LOG2_E), rounder).sub(rounder);
        FloatVector r = n.fma(FloatVector.broadcast(FLOATS, -FastMath.LN2_HIGH), clamped);
        r = n.fma(FloatVector.broadcast(FLOATS, -FastMath.LN2_LOW), r);
        FloatVector p = r.fma(FloatVector.broadcast(FLOATS, FastMath.C7), FloatVector.broadcast(FLOATS, FastMath.C6));
        p = p.fma(r, FloatVector.broadcast(FLOATS, FastMath.C5));
        p = p.fma(r, FloatVector.broadcast(FLOATS, FastMath.C4));
        p = p.fma(r, FloatVector.broadcast(FLOATS, FastMath.C3));
        p = p.fma(r, FloatVector.broadcast(FLOATS, FastMath.C2));
        p = p.mul(r).fma(r, r).add(1f);
        IntVector exponent = (IntVector) n.convert(VectorOperators.F2I, 0);
        IntVector first = exponent.lanewise(VectorOperators.ASHR, 1);
        FloatVector y = p.mul(power(first)).mul(power(exponent.sub(first)));
        y = y.blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.GT, FastMath.EXP_HIGH));
        return y.blend(0f, x.compare(VectorOperators.LT, FastMath.EXP_LOW));
    }

    private static FloatVector power(IntVector exponent) {
        return exponent.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    }

    static FloatVector round(FloatVector x) {
        FloatVector magnitude = x.abs();
        FloatVector whole = magnitude.add(0x1p23f).sub(0x1p23f);
        // From 2^23 on every float is whole; NaN and infinities stay as they are. The sign comes back for -0.0.
        VectorMask<Float> small = magnitude.compare(VectorOperators.LT, 0x1p23f);
        IntVector sign = x.reinterpretAsInts().and(0x80000000);
        return x.blend(whole.reinterpretAsInts().or(sign).reinterpretAsFloats(), small);
    }
}
