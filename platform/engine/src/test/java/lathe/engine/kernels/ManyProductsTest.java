package lathe.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import java.util.Random;

import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.engine.EngineOptions;
import lathe.spi.backend.Compute;
import lathe.spi.backend.PreparedOperator;
import lathe.spi.operator.Dense;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** A weight that is large enough for this way and an odd number of inputs. */
class ManyProductsTest {
    private static final int ROWS = 330;
    private static final int COLUMNS = 840;
    private static final int INPUTS = 61;

    private static List<LinearOperator> forms(Scope scope) {
        Tensor weight = scope.of(numbers(ROWS * COLUMNS, 3), ROWS, COLUMNS);
        float[] codes = new float[ROWS * COLUMNS];
        Random random = new Random(4);
        for (int i = 0; i < codes.length; i++) {
            codes[i] = random.nextInt(16);
        }
        Tensor scales = scope.of(numbers(ROWS * (COLUMNS / 60), 5), ROWS, COLUMNS / 60);
        return List.of(new Dense(weight), new Dense(weight.to(DataType.BF16)), new Dense(weight.to(DataType.F16)),
                GroupQuantized.pack(scope.of(codes, ROWS, COLUMNS), 4, 60, scales, Optional.empty(), scope));
    }

    private static float[] numbers(int count, long seed) {
        Random random = new Random(seed);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }

    private static Tensor product(Engine engine, Scope scope, LinearOperator form, Tensor input) {
        try (Compute compute = new CpuBackend().open(engine.parallel());
                PreparedOperator prepared = compute.prepare(form)) {
            Tensor output = compute.activations(scope, INPUTS, ROWS);
            compute.apply(prepared, input, output);
            return output;
        }
    }

    @Test
    void multipliesEveryStoredFormToTheSameBitsWithAnyNumberOfThreads() {
        assertThat(ManyProducts.fits(INPUTS, ROWS, COLUMNS)).isTrue();
        try (Engine one = Engine.create(new EngineOptions(1, false, true));
                Engine three = Engine.create(new EngineOptions(3, false, true));
                Scope scope = one.openScope();
                Scope other = three.openScope()) {
            float[] inputs = numbers(INPUTS * COLUMNS, 6);
            List<LinearOperator> again = forms(other);
            int form = 0;
            for (LinearOperator operator : forms(scope)) {
                Tensor input = scope.of(inputs, INPUTS, COLUMNS);
                Tensor output = product(one, scope, operator, input);
                check(input, dense(one, scope, operator), output);
                Tensor same = product(three, other, again.get(form++), other.of(inputs, INPUTS, COLUMNS));
                assertThat(same.toFloats()).as(operator.form()).isEqualTo(output.toFloats());
            }
        }
    }

    private static Tensor dense(Engine engine, Scope scope, LinearOperator form) {
        try (Compute compute = new CpuBackend().open(engine.parallel())) {
            return compute.dense(form, DataType.F32, scope);
        }
    }

    private static void check(Tensor input, Tensor weight, Tensor output) {
        for (int i = 0; i < INPUTS; i += 7) {
            for (int row = 0; row < ROWS; row++) {
                double sum = 0;
                double size = 0;
                for (int column = 0; column < COLUMNS; column++) {
                    double product = input.get(i, column) * weight.get(row, column);
                    sum += product;
                    size += Math.abs(product);
                }
                assertThat(output.get(i, row)).isCloseTo(sum, within(1e-6 * size));
            }
        }
    }
}
