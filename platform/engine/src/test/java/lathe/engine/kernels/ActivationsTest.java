package lathe.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import lathe.engine.Engine;
import lathe.spi.backend.Activation;
import lathe.spi.backend.Compute;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Activation functions against float64 over the whole range where they are not trivial. */
class ActivationsTest {
    @ParameterizedTest
    @EnumSource
    void staysWithinAFewUnitsInTheLastPlace(Activation function) {
        try (Scope scope = Engine.shared().openScope();
                Compute compute = new CpuBackend().open(Engine.shared().parallel())) {
            int count = 20_003;
            Tensor values = scope.zeros(count);
            for (int i = 0; i < count; i++) {
                values.set((i - count / 2) * 0.002, i);
            }
            double[] arguments = new double[count];
            for (int i = 0; i < count; i++) {
                arguments[i] = values.get(i);
            }
            compute.activate(values, function);
            for (int i = 0; i < count; i++) {
                double expected = reference(function, arguments[i]);
                double error = 8e-7 * Math.abs(expected) + 2e-7 * Math.min(1, Math.abs(arguments[i]));
                assertThat(values.get(i)).as("%s(%s)", function, arguments[i]).isCloseTo(expected, offset(error));
            }
        }
    }

    private static double reference(Activation function, double x) {
        return switch (function) {
            case SILU -> x / (1 + Math.exp(-x));
            case GELU -> x * 0.5 * (1 + errorFunction(x / Math.sqrt(2)));
            case GELU_TANH -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case RELU -> Math.max(0, x);
            case RELU_SQUARED -> Math.max(0, x) * Math.max(0, x);
            case GELU_QUICK -> x / (1 + Math.exp(-1.702 * x));
            case GELU_CLIPPED -> Math.clamp(reference(Activation.GELU, x), -10, 10);
            case RELU_SIX -> Math.clamp(x, 0, 6);
            case LEAKY_RELU -> x < 0 ? 0.01 * x : x;
            case MISH -> x * Math.tanh(Math.log1p(Math.exp(x)));
            case LAPLACE -> 0.5 * (1 + errorFunction((x - 0.707107) / (0.282095 * Math.sqrt(2))));
            case TANH -> Math.tanh(x);
            case SIGMOID -> 1 / (1 + Math.exp(-x));
            case IDENTITY -> x;
        };
    }

    /** The series near zero, the continued fraction of the complement further out. */
    private static double errorFunction(double x) {
        if (Math.abs(x) > 2) {
            double fraction = Math.abs(x);
            for (int k = 100; k > 0; k--) {
                fraction = Math.abs(x) + k / 2.0 / fraction;
            }
            return Math.signum(x) * (1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction);
        }
        double sum = 0;
        double term = x;
        for (int n = 0; n < 60; n++) {
            sum += term / (2 * n + 1);
            term *= -x * x / (n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * sum;
    }

    @Test
    void givesLimitsForExtremeArgumentsAndKeepsNaN() {
        try (Scope scope = Engine.shared().openScope();
                Compute compute = new CpuBackend().open(Engine.shared().parallel())) {
            Tensor values = scope.of(new float[] {-1e30f, -200, 200, 1e30f, Float.NaN, 0}, 6);
            compute.activate(values, Activation.SILU);
            assertThat(values.toFloats()).containsExactly(-0f, -0f, 200f, 1e30f, Float.NaN, 0f);
        }
    }

    @ParameterizedTest
    @EnumSource
    void gatesToTheBitsOfTheFunctionTimesTheFactor(Activation function) {
        try (Scope scope = Engine.shared().openScope();
                Compute compute = new CpuBackend().open(Engine.shared().parallel())) {
            int count = 1_027;
            float[] numbers = new float[count];
            for (int i = 0; i < count; i++) {
                numbers[i] = (i - 500) * 0.4f;
            }
            numbers[3] = Float.NaN;
            numbers[4] = Float.NEGATIVE_INFINITY;
            numbers[5] = 1e30f;
            Tensor gate = scope.of(numbers, 1, count);
            Tensor output = scope.zeros(1, count);
            compute.gate(gate, scope.of(new float[count], 1, count).map(zero -> 0.75), function, output);
            compute.activate(gate, function);
            assertThat(output.toFloats()).containsExactly(gate.map(value -> value * 0.75).toFloats());
        }
    }
}
