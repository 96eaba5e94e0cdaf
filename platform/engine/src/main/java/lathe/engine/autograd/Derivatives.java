package lathe.engine.autograd;

import java.util.function.DoubleUnaryOperator;

import lathe.spi.backend.Activation;
import lathe.spi.numeric.Normal;

/** Derivatives of activation functions. At a kink it is the one from the left, as in other software. */
final class Derivatives {
    private static final double ROOT = Math.sqrt(2 / Math.PI);
    private static final double CUBIC = 0.044715;
    private static final double QUICK = 1.702;
    private static final double LEAK = 0.01;
    private static final double LAPLACE_MEAN = Math.sqrt(0.5);
    private static final double LAPLACE_DEVIATION = 0.282095;

    private Derivatives() {}

    static DoubleUnaryOperator of(Activation function) {
        return switch (function) {
            case SILU -> x -> sigmoidTimes(x, 1);
            case GELU -> Derivatives::gelu;
            case GELU_TANH -> Derivatives::tanhGelu;
            case RELU -> x -> x > 0 ? 1 : 0;
            case RELU_SQUARED -> x -> 2 * Math.max(0, x);
            case GELU_QUICK -> x -> sigmoidTimes(x, QUICK);
            case GELU_CLIPPED -> x -> Math.abs(x * Normal.cumulative(x)) < 10 ? gelu(x) : 0;
            case RELU_SIX -> x -> x > 0 && x < 6 ? 1 : 0;
            case LEAKY_RELU -> x -> x > 0 ? 1 : LEAK;
            case MISH -> Derivatives::mish;
            case LAPLACE -> x -> Normal.density((x - LAPLACE_MEAN) / LAPLACE_DEVIATION) / LAPLACE_DEVIATION;
            case TANH -> x -> 1 - Math.tanh(x) * Math.tanh(x);
            case SIGMOID -> x -> sigmoid(x) * sigmoid(-x);
            case IDENTITY -> x -> 1;
        };
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** Of x sigmoid(factor x). */
    private static double sigmoidTimes(double x, double factor) {
        double s = sigmoid(factor * x);
        return s + factor * x * s * sigmoid(-factor * x);
    }

    private static double gelu(double x) {
        return Normal.cumulative(x) + x * Normal.density(x);
    }

    private static double tanhGelu(double x) {
        double t = Math.tanh(ROOT * (x + CUBIC * x * x * x));
        return (1 + t) / 2 + x / 2 * (1 - t * t) * ROOT * (1 + 3 * CUBIC * x * x);
    }

    private static double mish(double x) {
        double softplus = Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
        double t = Math.tanh(softplus);
        return t + x * (1 - t * t) * sigmoid(x);
    }
}
