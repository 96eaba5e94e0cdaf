package lathe.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import lathe.engine.Engine;
import lathe.engine.EngineOptions;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

class ProductsTest {
    private static Tensor filled(Scope scope, Random random, int rows, int columns) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return scope.of(values, rows, columns);
    }

    private static Tensor[] layouts(Scope scope, Random random, int rows, int columns) {
        Tensor plain = filled(scope, random, rows, columns);
        return new Tensor[] {plain, filled(scope, random, columns, rows).transpose(),
            filled(scope, random, rows + 2, columns + 5).slice(0, 1, rows + 1).slice(1, 3, columns + 3),
            filled(scope, random, columns + 1, rows + 9).slice(0, 0, columns).slice(1, 4, rows + 4).transpose(),
            plain.to(DataType.BF16), filled(scope, random, columns, rows).to(DataType.F16).transpose(),
            plain.to(DataType.F64), plain.multiply(20.0).to(DataType.I8)};
    }

    private static void check(Tensor a, Tensor b, Tensor product) {
        double[][] left = rows(a);
        double[][] right = rows(b.transpose());
        double scale = a.maxAbs() * b.maxAbs();
        for (int i = 0; i < left.length; i++) {
            for (int j = 0; j < right.length; j++) {
                double sum = 0;
                for (int p = 0; p < right[j].length; p++) {
                    sum += left[i][p] * right[j][p];
                }
                assertThat(Math.abs(product.get(i, j) - sum)).as("[%d, %d] of %s times %s", i, j, a, b)
                        .isLessThanOrEqualTo(3e-7 * scale * (4 + right[j].length));
            }
        }
    }

    private static double[][] rows(Tensor matrix) {
        double[][] rows = new double[matrix.size(0)][matrix.size(1)];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < rows[i].length; j++) {
                rows[i][j] = matrix.get(i, j);
            }
        }
        return rows;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void multipliesEveryLayoutWithEveryLayout(boolean vectorBlas) {
        Random random = new Random(5);
        int[][] shapes = {{1, 1, 1}, {1, 70, 33}, {5, 1, 9}, {7, 40, 1}, {33, 65, 47}, {2, 600, 30},
            {530, 12, 525}};
        try (Engine engine = Engine.create(new EngineOptions(2, vectorBlas, true)); Scope scope = engine.openScope()) {
            for (int[] shape : shapes) {
                boolean large = shape[0] > 500;
                for (Tensor a : large ? new Tensor[] {filled(scope, random, shape[0], shape[1])}
                        : layouts(scope, random,
                                shape[0], shape[1])) {
                    for (Tensor b : layouts(scope, random, shape[1], shape[2])) {
                        check(a, b, a.matmul(b));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void gramIsTheProductWithTheTranspose(boolean vectorBlas) {
        Random random = new Random(6);
        try (Engine engine = Engine.create(new EngineOptions(2, vectorBlas, true)); Scope scope = engine.openScope()) {
            for (Tensor a : layouts(scope, random, 90, 61)) {
                Tensor gram = a.gram();
                check(a.transpose(), a, gram);
                assertThat(gram.toFloats()).containsExactly(gram.transpose().toFloats());
            }
            Tensor wide = filled(scope, random, 12, 1100);
            check(wide.transpose(), wide, wide.gram());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void bitsDoNotDependOnTheNumberOfThreads(boolean vectorBlas) {
        float[] expected = null;
        for (int threads = 1; threads <= 3; threads++) {
            Random random = new Random(8);
            EngineOptions options = new EngineOptions(threads, vectorBlas, true);
            try (Engine engine = Engine.create(options); Scope scope = engine.openScope()) {
                Tensor a = filled(scope, random, 700, 300);
                Tensor product = a.matmul(filled(scope, random, 300, 1300));
                Tensor all = product.softmax().add(product.gram().row(3));
                float[] values = Arrays.copyOf(all.toFloats(), (int) all.elements() + 1);
                values[values.length - 1] = (float) product.sum();
                if (expected == null) {
                    expected = values;
                }
                assertThat(Arrays.equals(values, expected)).isTrue();
            }
        }
    }
}
