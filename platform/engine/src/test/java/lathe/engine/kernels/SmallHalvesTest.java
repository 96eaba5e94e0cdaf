package lathe.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.ValueLayout;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import lathe.engine.Engine;
import lathe.spi.backend.Compute;
import lathe.spi.operator.Dense;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Float16 weights of long rows, four at a time, for inputs of every size and weights that are no numbers. */
class SmallHalvesTest {
    private static final long SEED = 20261122;
    private static final int COLUMNS = 1024;
    private static final int ROWS = 13;

    private final Random random = new Random(SEED);

    @ParameterizedTest
    @ValueSource(floats = {1, 1e-38f, 1e-20f, 1e30f, 0})
    void multipliesInputsOfEverySize(float size) {
        try (Scope scope = Engine.shared().openScope()) {
            Tensor weight = halves(scope);
            Tensor input = scope.zeros(1, COLUMNS).map(x -> size * random.nextGaussian());
            float[] weights = weight.to(DataType.F32).toFloats();
            float[] inputs = input.toFloats();
            float[] output = product(scope, weight, input);
            for (int row = 0; row < ROWS; row++) {
                double sum = 0;
                double terms = 0;
                for (int i = 0; i < COLUMNS; i++) {
                    double product = (double) weights[row * COLUMNS + i] * inputs[i];
                    sum += product;
                    terms += Math.abs(product);
                }
                assertThat((double) output[row]).isCloseTo(sum, within(1e-6 * terms + Float.MIN_VALUE));
            }
        }
    }

    @Test
    void keepsInfiniteWeightsAndThoseThatAreNone() {
        try (Scope scope = Engine.shared().openScope()) {
            Tensor weight = halves(scope);
            Tensor input = scope.zeros(1, COLUMNS).map(x -> 1 + random.nextDouble());
            float[] before = product(scope, weight, input);
            set(weight, 2, 1000, Float.NEGATIVE_INFINITY);
            set(weight, 7, 3, Float.NaN);
            float[] output = product(scope, weight, input);
            before[2] = Float.NEGATIVE_INFINITY;
            before[7] = Float.NaN;
            assertThat(output).isEqualTo(before);
        }
    }

    @Test
    void findsWhatIsNoNumberAnywhere() {
        try (Scope scope = Engine.shared().openScope()) {
            Tensor weight = halves(scope);
            long address = Memory.address(weight);
            for (int count = 1; count < 10; count++) {
                assertThat(SmallHalves.allNumbers(address, count)).isTrue();
                set(weight, 0, count - 1, Float.POSITIVE_INFINITY);
                assertThat(SmallHalves.allNumbers(address, count)).isFalse();
                set(weight, 0, count - 1, -65504);
            }
        }
    }

    private static void set(Tensor weight, int row, int column, float value) {
        weight.segment().setAtIndex(ValueLayout.JAVA_SHORT, (long) row * COLUMNS + column, Float.floatToFloat16(value));
    }

    /** Numbers of any size that float16 has, subnormal ones and zeros among them. */
    private Tensor halves(Scope scope) {
        Tensor weight = scope.zeros(DataType.F16, ROWS, COLUMNS);
        for (int row = 0; row < ROWS; row++) {
            for (int column = 0; column < COLUMNS; column++) {
                float size = Math.scalb(1f, random.nextInt(28) - 25);
                set(weight, row, column, random.nextInt(9) == 0 ? 0 : size * (float) random.nextGaussian());
            }
        }
        return weight;
    }

    private static float[] product(Scope scope, Tensor weight, Tensor input) {
        try (Compute compute = new CpuBackend().open(Engine.shared().parallel(), new VectorRowMath())) {
            Tensor output = scope.zeros(1, ROWS);
            compute.apply(compute.prepare(new Dense(weight)), input, output);
            return output.toFloats();
        }
    }
}
