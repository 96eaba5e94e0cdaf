package lathe.engine.tensor;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** The loops on the machine's widest vectors; what is left at the end of a run goes through the scalar twin. */
final class VectorElementKernels implements ElementKernels {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_PREFERRED.length() == FLOATS.length() * 2
            ? VectorSpecies.of(short.class, jdk.incubator.vector.VectorShape.forBitSize(FLOATS.vectorBitSize() / 2))
            : ShortVector.SPECIES_64;
    private static final VectorSpecies<Float> QUARTER = FloatVector.SPECIES_128;
    private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_256;
    private static final int LANES = FLOATS.length();
    private static final int SHORT = 1024;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private final ScalarElementKernels scalar = new ScalarElementKernels();

    private static FloatVector load(MemorySegment memory, long at) {
        return FloatVector.fromMemorySegment(FLOATS, memory, at, ORDER);
    }

    @Override
    public void binary(Binary op, MemorySegment left, long leftAt, MemorySegment right, long rightAt,
            MemorySegment target, long targetAt, int n) {
        int bound = FLOATS.loopBound(n);
        switch (op) {
            case ADD -> add(left, leftAt, right, rightAt, target, targetAt, bound);
            case SUBTRACT -> subtract(left, leftAt, right, rightAt, target, targetAt, bound);
            case MULTIPLY -> multiply(left, leftAt, right, rightAt, target, targetAt, bound);
            case DIVIDE -> divide(left, leftAt, right, rightAt, target, targetAt, bound);
        }
        long done = 4L * bound;
        scalar.binary(op, left, leftAt + done, right, rightAt + done, target, targetAt + done, n - bound);
    }

    private static void add(MemorySegment left, long leftAt, MemorySegment right, long rightAt, MemorySegment target,
            long targetAt, int bound) {
        for (int i = 0; i < bound; i += LANES) {
            long b = 4L * i;
            load(left, leftAt + b).add(load(right, rightAt + b)).intoMemorySegment(target, targetAt + b, ORDER);
        }
    }

    private static void subtract(MemorySegment left, long leftAt, MemorySegment right, long rightAt,
            MemorySegment target, long targetAt, int bound) {
        for (int i = 0; i < bound; i += LANES) {
            long b = 4L * i;
            load(left, leftAt + b).sub(load(right, rightAt + b)).intoMemorySegment(target, targetAt + b, ORDER);
        }
    }

    private static void multiply(MemorySegment left, long leftAt, MemorySegment right, long rightAt,
            MemorySegment target, long targetAt, int bound) {
        for (int i = 0; i < bound; i += LANES) {
            long b = 4L * i;
            load(left, leftAt + b).mul(load(right, rightAt + b)).intoMemorySegment(target, targetAt + b, ORDER);
        }
    }

    private static void divide(MemorySegment left, long leftAt, MemorySegment right, long rightAt, MemorySegment target,
            long targetAt, int bound) {
        for (int i = 0; i < bound; i += LANES) {
            long b = 4L * i;
            load(left, leftAt + b).div(load(right, rightAt + b)).intoMemorySegment(target, targetAt + b, ORDER);
        }
    }

    @Override
    public void binary(Binary op, MemorySegment left, long leftAt, float right, MemorySegment target, long targetAt,
            int n) {
        int bound = FLOATS.loopBound(n);
        switch (op) {
            case ADD -> add(left, leftAt, right, target, targetAt, bound);
            case SUBTRACT -> subtract(left, leftAt, right, target, targetAt, bound);
            case MULTIPLY -> multiply(left, leftAt, right, target, targetAt, bound);
            case DIVIDE -> divide(left, leftAt, right, target, targetAt, bound);
        }
        scalar.binary(op, left, leftAt + 4L * bound, right, target, targetAt + 4L * bound, n - bound);
    }

    private static void add(MemorySegment left, long leftAt, float right, MemorySegment target, long targetAt,
            int bound) {
        FloatVector number = FloatVector.broadcast(FLOATS, right);
        for (int i = 0; i < bound; i += LANES) {
            load(left, leftAt + 4L * i).add(number).intoMemorySegment(target, targetAt + 4L * i, ORDER);
        }
    }

    private static void subtract(MemorySegment left, long leftAt, float right, MemorySegment target, long targetAt,
            int bound) {
        FloatVector number = FloatVector.broadcast(FLOATS, right);
        for (int i = 0; i < bound; i += LANES) {
            load(left, leftAt + 4L * i).sub(number).intoMemorySegment(target, targetAt + 4L * i, ORDER);
        }
    }

    private static void multiply(MemorySegment left, long leftAt, float right, MemorySegment target, long targetAt,
            int bound) {
        FloatVector number = FloatVector.broadcast(FLOATS, right);
        for (int i = 0; i < bound; i += LANES) {
            load(left, leftAt + 4L * i).mul(number).intoMemorySegment(target, targetAt + 4L * i, ORDER);
        }
    }

    private static void divide(MemorySegment left, long leftAt, float right, MemorySegment target, long targetAt,
            int bound) {
        FloatVector number = FloatVector.broadcast(FLOATS, right);
        for (int i = 0; i < bound; i += LANES) {
            load(left, leftAt + 4L * i).div(number).intoMemorySegment(target, targetAt + 4L * i, ORDER);
        }
    }

    /** A method for each loop: together they are more than the compiler takes in at once. */
    @Override
    public void unary(Unary op, MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int n) {
        // The logarithm is taken in float64: methods call it seldom, and then for entropies and likelihoods.
        int bound = op == Unary.LOG ? 0 : FLOATS.loopBound(n);
        switch (op) {
            case ABS -> abs(source, sourceAt, target, targetAt, bound);
            case SQRT -> sqrt(source, sourceAt, target, targetAt, bound);
            case SQUARE -> square(source, sourceAt, target, targetAt, bound);
            case EXP -> exp(source, sourceAt, target, targetAt, bound);
            case ROUND -> round(source, sourceAt, target, targetAt, bound);
            case LOG -> {
            }
        }
        scalar.unary(op, source, sourceAt + 4L * bound, target, targetAt + 4L * bound, n - bound);
    }

    private static void abs(MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int bound) {
        for (int i = 0; i < bound; i += LANES) {
            load(source, sourceAt + 4L * i).abs().intoMemorySegment(target, targetAt + 4L * i, ORDER);
        }
    }

    private static void sqrt(MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int bound) {
        for (int i = 0; i < bound; i += LANES) {
            load(source, sourceAt + 4L * i).sqrt().intoMemorySegment(target, targetAt + 4L * i, ORDER);
        }
    }

    private static void square(MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int bound) {
        for (int i = 0; i < bound; i += LANES) {
            FloatVector x = load(source, sourceAt + 4L * i);
            x.mul(x).intoMemorySegment(target, targetAt + 4L * i, ORDER);
        }
    }

    private static void exp(MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int bound) {
        for (int i = 0; i < bound; i += LANES) {
            VectorMath.exp(load(source, sourceAt + 4L * i)).intoMemorySegment(target, targetAt + 4L * i, ORDER);
        }
    }

    private static void round(MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int bound) {
        for (int i = 0; i < bound; i += LANES) {
            VectorMath.round(load(source, sourceAt + 4L * i)).intoMemorySegment(target, targetAt + 4L * i, ORDER);
        }
    }

    @Override
    public void clamp(MemorySegment source, long sourceAt, float low, float high, MemorySegment target, long targetAt,
            int n) {
        int bound = FLOATS.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            FloatVector x = load(source, sourceAt + 4L * i);
            FloatVector limited = x.blend(high, x.compare(VectorOperators.GT, high))
                    .blend(low, x.compare(VectorOperators.LT, low));
            limited.intoMemorySegment(target, targetAt + 4L * i, ORDER);
        }
        scalar.clamp(source, sourceAt + 4L * bound, low, high, target, targetAt + 4L * bound, n - bound);
    }

    @Override
    public double expShifted(MemorySegment source, long sourceAt, float shift, MemorySegment target, long targetAt,
            int n) {
        int bound = FLOATS.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            FloatVector x = load(source, sourceAt + 4L * i);
            VectorMath.exp(x.sub(shift)).blend(0f, x.compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY))
                    .intoMemorySegment(target, targetAt + 4L * i, ORDER);
        }
        scalar.expShifted(source, sourceAt + 4L * bound, shift, target, targetAt + 4L * bound, n - bound);
        return sum(target, targetAt, n);
    }

    private static DoubleVector widened(MemorySegment memory, long at) {
        return (DoubleVector) FloatVector.fromMemorySegment(QUARTER, memory, at, ORDER).castShape(DOUBLES, 0);
    }

    @Override
    public double sum(MemorySegment source, long at, int n) {
        DoubleVector a = DoubleVector.zero(DOUBLES);
        DoubleVector b = a;
        DoubleVector c = a;
        DoubleVector d = a;
        int bound = n & -16;
        for (int i = 0; i < bound; i += 16) {
            long start = at + 4L * i;
            a = a.add(widened(source, start));
            b = b.add(widened(source, start + 16));
            c = c.add(widened(source, start + 32));
            d = d.add(widened(source, start + 48));
        }
        double[] sums = partial(a, b, c, d);
        for (int i = bound; i < n; i++) {
            sums[i - bound] += source.get(JAVA_FLOAT_UNALIGNED, at + 4L * i);
        }
        return ScalarElementKernels.pairwise(sums);
    }

    @Override
    public double sumOfSquares(MemorySegment source, long at, int n) {
        DoubleVector a = DoubleVector.zero(DOUBLES);
        DoubleVector b = a;
        DoubleVector c = a;
        DoubleVector d = a;
        int bound = n & -16;
        for (int i = 0; i < bound; i += 16) {
            long start = at + 4L * i;
            a = squared(source, start).add(a);
            b = squared(source, start + 16).add(b);
            c = squared(source, start + 32).add(c);
            d = squared(source, start + 48).add(d);
        }
        double[] sums = partial(a, b, c, d);
        for (int i = bound; i < n; i++) {
            double value = source.get(JAVA_FLOAT_UNALIGNED, at + 4L * i);
            sums[i - bound] += value * value;
        }
        return ScalarElementKernels.pairwise(sums);
    }

    private static DoubleVector squared(MemorySegment memory, long at) {
        DoubleVector x = widened(memory, at);
        return x.mul(x);
    }

    private static double[] partial(DoubleVector a, DoubleVector b, DoubleVector c, DoubleVector d) {
        double[] sums = new double[ScalarElementKernels.PARTIAL_SUMS];
        a.intoArray(sums, 0);
        b.intoArray(sums, 4);
        c.intoArray(sums, 8);
        d.intoArray(sums, 12);
        return sums;
    }

    @Override
    public float max(MemorySegment source, long at, int n) {
        FloatVector max = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        int bound = FLOATS.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            max = max.max(load(source, at + 4L * i));
        }
        return Math.max(max.reduceLanes(VectorOperators.MAX), scalar.max(source, at + 4L * bound, n - bound));
    }

    @Override
    public float min(MemorySegment source, long at, int n) {
        FloatVector min = FloatVector.broadcast(FLOATS, Float.POSITIVE_INFINITY);
        int bound = FLOATS.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            min = min.min(load(source, at + 4L * i));
        }
        return Math.min(min.reduceLanes(VectorOperators.MIN), scalar.min(source, at + 4L * bound, n - bound));
    }

    @Override
    public float maxAbs(MemorySegment source, long at, int n) {
        FloatVector max = FloatVector.zero(FLOATS);
        int bound = FLOATS.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            max = max.max(load(source, at + 4L * i).abs());
        }
        return Math.max(max.reduceLanes(VectorOperators.MAX), scalar.maxAbs(source, at + 4L * bound, n - bound));
    }

    @Override
    public void accumulate(MemorySegment source, long at, double[] sums, int n) {
        int bound = DOUBLES.loopBound(n);
        for (int i = 0; i < bound; i += DOUBLES.length()) {
            DoubleVector.fromArray(DOUBLES, sums, i).add(widened(source, at + 4L * i)).intoArray(sums, i);
        }
        for (int i = bound; i < n; i++) {
            sums[i] += source.get(JAVA_FLOAT_UNALIGNED, at + 4L * i);
        }
    }

    @Override
    public void maxInto(MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int n) {
        int bound = FLOATS.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            load(target, targetAt + 4L * i).max(load(source, sourceAt + 4L * i))
                    .intoMemorySegment(target, targetAt + 4L * i, ORDER);
        }
        scalar.maxInto(source, sourceAt + 4L * bound, target, targetAt + 4L * bound, n - bound);
    }

    @Override
    public void minInto(MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int n) {
        int bound = FLOATS.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            load(target, targetAt + 4L * i).min(load(source, sourceAt + 4L * i))
                    .intoMemorySegment(target, targetAt + 4L * i, ORDER);
        }
        scalar.minInto(source, sourceAt + 4L * bound, target, targetAt + 4L * bound, n - bound);
    }

    private static IntVector shorts(MemorySegment memory, long at) {
        return (IntVector) ShortVector.fromMemorySegment(SHORTS, memory, at, ORDER).castShape(INTS, 0);
    }

    @Override
    public void fromBf16(MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int n) {
        // The gain of a norm, one of the first things that a process reads: in lanes that no compiler knows it would be slow.
        int bound = n <= SHORT ? 0 : FLOATS.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            shorts(source, sourceAt + 2L * i).lanewise(VectorOperators.LSHL, 16)
                    .intoMemorySegment(target, targetAt + 4L * i, ORDER);
        }
        scalar.fromBf16(source, sourceAt + 2L * bound, target, targetAt + 4L * bound, n - bound);
    }

    @Override
    public void toBf16(MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int n) {
        int bound = FLOATS.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            FloatVector x = load(source, sourceAt + 4L * i);
            IntVector bits = x.reinterpretAsInts();
            IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
            IntVector rounded = bits.add(0x7fff).add(odd);
            IntVector quiet = bits.or(0x400000);
            VectorMask<Integer> number = x.compare(VectorOperators.EQ, x).cast(INTS);
            quiet.blend(rounded, number).lanewise(VectorOperators.LSHR, 16).castShape(SHORTS, 0)
                    .intoMemorySegment(target, targetAt + 2L * i, ORDER);
        }
        scalar.toBf16(source, sourceAt + 4L * bound, target, targetAt + 2L * bound, n - bound);
    }

    @Override
    public void fromF16(MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int n) {
        int bound = FLOATS.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            IntVector half = shorts(source, sourceAt + 2L * i);
            IntVector sign = half.and(0x8000).lanewise(VectorOperators.LSHL, 16);
            IntVector magnitude = half.and(0x7fff).lanewise(VectorOperators.LSHL, 13);
            // Exponents are biased by 15 here and by 127 there; the product is exact, subnormals included.
            IntVector scaled = magnitude.reinterpretAsFloats().mul(0x1p112f).reinterpretAsInts();
            VectorMask<Integer> special = magnitude.compare(VectorOperators.GE, 0x7c00 << 13);
            scaled.blend(magnitude.or(0x7f800000), special).or(sign)
                    .intoMemorySegment(target, targetAt + 4L * i, ORDER);
        }
        scalar.fromF16(source, sourceAt + 2L * bound, target, targetAt + 4L * bound, n - bound);
    }

    @Override
    public void butterflies(MemorySegment values, long at, int half, int n) {
        if (n < LANES) {
            scalar.butterflies(values, at, half, n);
            return;
        }
        if (half < LANES) {
            butterfliesInside(values, at, half, n);
            return;
        }
        for (int start = 0; start < n; start += 2 * half) {
            for (int i = start; i < start + half; i += LANES) {
                FloatVector first = load(values, at + 4L * i);
                FloatVector second = load(values, at + 4L * (i + half));
                first.add(second).intoMemorySegment(values, at + 4L * i, ORDER);
                first.sub(second).intoMemorySegment(values, at + 4L * (i + half), ORDER);
            }
        }
    }

    /** Pairs within a vector: lanes are exchanged, and those of the second half change sign before the sum. */
    private static void butterfliesInside(MemorySegment values, long at, int half, int n) {
        VectorShuffle<Float> partner = VectorShuffle.fromOp(FLOATS, lane -> lane ^ half);
        float[] sign = new float[LANES];
        for (int lane = 0; lane < LANES; lane++) {
            sign[lane] = (lane & half) == 0 ? 1 : -1;
        }
        FloatVector signs = FloatVector.fromArray(FLOATS, sign, 0);
        for (int i = 0; i < n; i += LANES) {
            FloatVector x = load(values, at + 4L * i);
            x.fma(signs, x.rearrange(partner)).intoMemorySegment(values, at + 4L * i, ORDER);
        }
    }

    @Override
    public String description() {
        return "Vector API, " + FLOATS.vectorBitSize() + " bits";
    }
}
