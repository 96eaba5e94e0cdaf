package lathe.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.util.Random;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import lathe.engine.Engine;
import lathe.spi.backend.Compute;
import lathe.spi.backend.PreparedOperator;
import lathe.spi.numeric.Parallel;
import lathe.spi.operator.Dense;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Every stored form against its definition in float64. */
class StoredFormsTest {
    private static final long SEED = 20260401;
    private static final int MOST_INPUTS = 9;
    private final CpuBackend backend = new CpuBackend();

    @ParameterizedTest
    @CsvSource({"7, 37", "33, 256", "19, 576", "64, 1031"})
    void multipliesByWhatTheFormDefines(int out, int in) {
        try (Scope scope = Engine.shared().openScope();
                Compute vectors = backend.open(Engine.shared().parallel(), new VectorRowMath());
                Compute scalars = backend.open(Engine.shared().parallel(), new ScalarRowMath())) {
            for (RandomOperators.Case each : new RandomOperators(SEED + out, scope).all(out, in)) {
                Products expected = Products.of(each.matrix(), random(scope, MOST_INPUTS, each.matrix()[0].length));
                for (int n : new int[] {1, 3, MOST_INPUTS}) {
                    check(vectors, each, expected, n, scope);
                    check(scalars, each, expected, n, scope);
                }
            }
        }
    }

    /** A matrix times inputs in float64: sums, and sums of the sizes of what was added. */
    private record Products(Tensor input, double[][] sums, double[][] sizes) {
        static Products of(double[][] matrix, Tensor input) {
            int inputs = input.size(0);
            float[] values = input.toFloats();
            double[][] sums = new double[inputs][matrix.length];
            double[][] sizes = new double[inputs][matrix.length];
            for (int i = 0; i < inputs; i++) {
                for (int row = 0; row < matrix.length; row++) {
                    double[] weights = matrix[row];
                    for (int j = 0; j < weights.length; j++) {
                        double product = weights[j] * values[i * weights.length + j];
                        sums[i][row] += product;
                        sizes[i][row] += Math.abs(product);
                    }
                }
            }
            return new Products(input, sums, sizes);
        }
    }

    private static void check(Compute compute, RandomOperators.Case each, Products expected, int n, Scope scope) {
        try (Scope child = scope.child(); PreparedOperator prepared = compute.prepare(each.operator())) {
            assertThat(prepared.extraBytes()).isZero();
            int rows = each.matrix().length;
            Tensor output = compute.activations(child, n, rows);
            output.fill(Double.NaN);
            compute.apply(prepared, expected.input().slice(0, 0, n), output);
            for (int i = 0; i < n; i++) {
                for (int row = 0; row < rows; row++) {
                    // Codes near 200 minus a zero point near 100 lose some digits before the sum is complete.
                    double error = Math.abs(output.get(i, row) - expected.sums()[i][row]);
                    if (!(error <= 4e-6 * expected.sizes()[i][row] + 1e-6)) {
                        fail("%s, row %d of input %d of %d, seed %d: %s instead of %s", each, row, i, n, SEED,
                                output.get(i, row), expected.sums()[i][row]);
                    }
                }
            }
        }
    }

    private static Offset<Double> within(double error) {
        return Offset.offset(error);
    }

    private static Tensor random(Scope scope, int rows, int columns) {
        Random random = new Random(31L * rows + columns);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return scope.of(values, rows, columns);
    }

    @Test
    void givesTheDenseMatrixOfEveryForm() {
        try (Scope scope = Engine.shared().openScope(); Compute compute = backend.open(Engine.shared().parallel())) {
            for (RandomOperators.Case each : new RandomOperators(SEED, scope).all(33, 144)) {
                Tensor dense = compute.dense(each.operator(), DataType.F32, scope);
                Tensor half = compute.dense(each.operator(), DataType.BF16, scope);
                assertThat(half.type()).isEqualTo(DataType.BF16);
                for (int i = 0; i < each.matrix().length; i++) {
                    for (int j = 0; j < each.matrix()[i].length; j++) {
                        double value = each.matrix()[i][j];
                        assertThat(dense.get(i, j)).as("%s (%d, %d)", each, i, j)
                                .isCloseTo(value, within(2e-6 * Math.abs(value) + 1e-5));
                        assertThat(half.get(i, j)).as("%s (%d, %d)", each, i, j)
                                .isCloseTo(dense.get(i, j), within(Math.abs(dense.get(i, j)) / 250));
                    }
                }
            }
        }
    }

    @Test
    void givesTheSameBitsWithAnyNumberOfThreads() {
        try (Scope scope = Engine.shared().openScope();
                Compute many = backend.open(Engine.shared().parallel());
                Compute one = backend.open(Parallel.SEQUENTIAL)) {
            for (RandomOperators.Case each : new RandomOperators(SEED, scope).all(300, 256)) {
                for (int n : new int[] {1, 17}) {
                    Tensor input = random(scope, n, each.operator().inFeatures());
                    Tensor left = scope.zeros(n, each.operator().outFeatures());
                    Tensor right = scope.zeros(n, each.operator().outFeatures());
                    many.apply(many.prepare(each.operator()), input, left);
                    one.apply(one.prepare(each.operator()), input, right);
                    assertThat(left.toFloats()).as("%s", each).isEqualTo(right.toFloats());
                }
            }
        }
    }

    @Test
    void takesColumnsOfWiderTensors() {
        try (Scope scope = Engine.shared().openScope(); Compute compute = backend.open(Engine.shared().parallel())) {
            RandomOperators.Case each = new RandomOperators(SEED, scope).quantized(24, 64, 4, 32, 1, DataType.F16,
                    false);
            PreparedOperator prepared = compute.prepare(each.operator());
            for (int n : new int[] {2, 20}) {
                Tensor wide = random(scope, n, 100);
                Tensor output = scope.zeros(n, 50);
                compute.apply(prepared, wide.slice(1, 10, 74), output.slice(1, 5, 29));
                Tensor expected = scope.zeros(n, 24);
                compute.apply(prepared, wide.slice(1, 10, 74).copy(), expected);
                assertThat(output.slice(1, 5, 29).copy().toFloats()).isEqualTo(expected.toFloats());
                assertThat(output.slice(1, 0, 5).maxAbs()).isZero();
                assertThat(output.slice(1, 29, 50).maxAbs()).isZero();
            }
        }
    }

    @Test
    void holdsItsMemoryAgainstAScopeThatIsClosedMeanwhile() throws InterruptedException {
        Scope weights = Engine.shared().openScope();
        Thread closer = new Thread(weights::close);
        // Closes the weight's scope when the loop over its rows begins, and goes on when the other thread waits.
        Parallel closing = new Parallel() {
            @Override
            public void forEach(int count, int chunk, Body body) {
                closer.start();
                while (closer.getState() != Thread.State.WAITING) {
                    Thread.onSpinWait();
                }
                SEQUENTIAL.forEach(count, chunk, body);
            }

            @Override
            public int threads() {
                return 1;
            }
        };
        try (Scope scope = Engine.shared().openScope(); Compute compute = backend.open(closing)) {
            PreparedOperator prepared = compute.prepare(new Dense(weights.zeros(1000, 2000).fill(0.5)));
            Tensor output = scope.zeros(1, 1000);
            compute.apply(prepared, scope.zeros(1, 2000).fill(1), output);
            closer.join();
            assertThat(output.sum()).isEqualTo(1000 * 1000);
            assertThatThrownBy(() -> compute.apply(prepared, scope.zeros(1, 2000), output))
                    .isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
        }
    }

    @Test
    void saysWhatDoesNotFit() {
        try (Scope scope = Engine.shared().openScope(); Compute compute = backend.open(Parallel.SEQUENTIAL)) {
            PreparedOperator prepared = compute.prepare(new Dense(scope.zeros(3, 4)));
            assertThatThrownBy(() -> compute.apply(prepared, scope.zeros(1, 5), scope.zeros(1, 3)))
                    .hasMessageContaining("[3, 4]").hasMessageContaining("[1, 5]");
            Scope dead = scope.child();
            PreparedOperator gone = compute.prepare(new Dense(dead.zeros(3, 4)));
            dead.close();
            assertThatThrownBy(() -> compute.apply(gone, scope.zeros(1, 4), scope.zeros(1, 3)))
                    .isInstanceOf(IllegalStateException.class);
        }
    }
}
