package lathe.engine.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

import lathe.spi.backend.Activation;
import lathe.spi.numeric.Parallel;

/** Activation functions over rows, alone or times another input. */
final class Activations {
    /** Numbers of a chunk: the row of one token is shared among threads as well. */
    private static final int BLOCK = 1024;
    private static final float ROOT_HALF = 0.70710678f;
    private static final float LAPLACE_MEAN = 0.707107f;
    /** 1 / (sigma sqrt(2)). */
    private static final float LAPLACE_STEEPNESS = (float) (1 / (0.282095 * Math.sqrt(2)));
    private static final float[] TANH = {-5.70498872745e-3f, 2.06390887954e-2f, -5.37397155531e-2f, 1.33314422036e-1f,
        -3.33332819422e-1f};
    /** Twice sqrt(2/pi): 1 + tanh(u) is 2 sigmoid(2u), which loses no digits for negative u. */
    private static final float TWO_ROOT_TWO_OVER_PI = 1.5957691f;

    private final Parallel parallel;
    private final RowMath math;

    Activations(Parallel parallel, RowMath math) {
        this.parallel = parallel;
        this.math = math;
    }

    /**
     * output = function(gate) * up.
     *
     * @param gate     argument of the function
     * @param up       the factor, or null for none
     * @param function which
     * @param output   may be an input
     */
    void apply(Batch gate, Batch up, Activation function, Batch output) {
        int blocks = (gate.columns() + BLOCK - 1) / BLOCK;
        parallel.forEach(gate.rows() * blocks, 1, (from, to) -> {
            for (int i = from; i < to; i++) {
                int row = i / blocks;
                int start = i % blocks * BLOCK;
                int count = Math.min(BLOCK, gate.columns() - start);
                long factor = up == null ? 0 : up.row(row) + 4L * start;
                apply(gate.row(row) + 4L * start, factor, count, function, output.row(row) + 4L * start);
            }
        });
    }

    private void apply(long gate, long up, int count, Activation function, long output) {
        int i = 0;
        if (function == Activation.SILU && up != 0 && math.isYoung(count)) {
            OneByOne.gateSilu(gate, up, count, output);
            return;
        }
        if (function == Activation.SILU && up != 0) {
            i = count & -Lanes.N;
            Exponential.gateSilu(gate, up, i, output);
        }
        for (; i <= count - Lanes.N; i += Lanes.N) {
            FloatVector value = of(function, Lanes.floats(gate + 4L * i));
            Lanes.store(up == 0 ? value : value.mul(Lanes.floats(up + 4L * i)), output + 4L * i);
        }
        if (i < count) {
            tail(gate + 4L * i, up == 0 ? 0 : up + 4L * i, count - i, function, output + 4L * i);
        }
    }

    /** The last few go through a whole vector of their own, so that a value does not depend on its place. */
    private static void tail(long gate, long up, int count, Activation function, long output) {
        try (Scratch.Frame frame = Scratch.frame()) {
            long padded = frame.floats(2L * Lanes.N);
            Memory.clear(padded, 2L * Lanes.BYTES);
            Memory.copy(gate, padded, 4L * count);
            FloatVector value = of(function, Lanes.floats(padded));
            if (up != 0) {
                Memory.copy(up, padded + Lanes.BYTES, 4L * count);
                value = value.mul(Lanes.floats(padded + Lanes.BYTES));
            }
            Lanes.store(value, padded);
            Memory.copy(padded, output, 4L * count);
        }
    }

    private static FloatVector of(Activation function, FloatVector x) {
        return switch (function) {
            case SILU -> x.div(Exponential.of(x.neg()).add(1));
            case GELU -> x.mul(0.5f).mul(ErrorFunction.complement(x.mul(-ROOT_HALF)));
            case GELU_TANH -> {
                FloatVector inner = x.mul(x).mul(0.044715f).add(1).mul(x).mul(-TWO_ROOT_TWO_OVER_PI);
                yield (x.div(Exponential.of(inner).add(1)));
            }
            case RELU -> x.max(0);
            case RELU_SQUARED -> {
                FloatVector positive = x.max(0);
                yield (positive.mul(positive));
            }
            case GELU_QUICK -> x.div(Exponential.of(x.mul(-1.702f)).add(1));
            case GELU_CLIPPED -> of(Activation.GELU, x).max(-10).min(10);
            case RELU_SIX -> x.max(0).min(6);
            case LEAKY_RELU -> x.max(0).add(x.min(0).mul(0.01f));
            case MISH -> mish(x);
            case LAPLACE -> ErrorFunction.complement(x.sub(LAPLACE_MEAN).mul(-LAPLACE_STEEPNESS)).mul(0.5f);
            case TANH -> tanh(x);
            case SIGMOID -> FloatVector.broadcast(Lanes.F, 1).div(Exponential.of(x.neg()).add(1));
            case IDENTITY -> x;
        };
    }

    /** tanh(ln(1 + u)) with u = e^x is n / (n + 2) with n = u (u + 2), which is 1 long before u^2 overflows. */
    private static FloatVector mish(FloatVector x) {
        FloatVector power = Exponential.of(x.min(20));
        FloatVector n = power.mul(power.add(2));
        return x.mul(n.div(n.add(2)));
    }

    /** An odd polynomial near zero (Cephes tanhf), 1 - 2 / (e^2x + 1) elsewhere. */
    private static FloatVector tanh(FloatVector x) {
        FloatVector square = x.mul(x);
        FloatVector polynomial = FloatVector.broadcast(Lanes.F, TANH[0]);
        for (int i = 1; i < TANH.length; i++) {
            polynomial = polynomial.fma(square, FloatVector.broadcast(Lanes.F, TANH[i]));
        }
        FloatVector near = polynomial.mul(square).fma(x, x);
        FloatVector far = FloatVector.broadcast(Lanes.F, 1)
                .sub(FloatVector.broadcast(Lanes.F, 2).div(Exponential.of(x.add(x)).add(1)));
        return far.blend(near, x.abs().compare(VectorOperators.LT, 0.625f));
    }
}
