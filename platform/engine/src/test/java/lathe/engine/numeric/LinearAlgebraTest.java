package lathe.engine.numeric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import lathe.engine.Engine;
import lathe.engine.EngineOptions;
import lathe.spi.numeric.LinearAlgebra;
import lathe.spi.numeric.NotPositiveDefiniteException;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Decompositions over several blocks, where factors are checked by what they promise. */
class LinearAlgebraTest {
    private static Tensor normal(Scope scope, int rows, int columns) {
        Random random = new Random(rows * 31 + columns);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return scope.of(values, rows, columns);
    }

    private static Tensor positive(Scope scope, int n) {
        Tensor gram = normal(scope, n + 50, n).gram().divide(n);
        for (int i = 0; i < n; i++) {
            gram.set(gram.get(i, i) + 0.5, i, i);
        }
        return gram;
    }

    private static double distanceToIdentity(Tensor matrix) {
        Tensor copy = matrix.copy();
        for (int i = 0; i < copy.size(0); i++) {
            copy.set(copy.get(i, i) - 1, i, i);
        }
        return copy.maxAbs();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 63, 192, 193, 500})
    void factorsOfEverySizeMultiplyBack(int n) {
        for (boolean library : new boolean[] {true, false}) {
            LinearAlgebra algebra = library ? Engine.shared().linearAlgebra() : new JavaAlgebra();
            try (Scope scope = Engine.shared().openScope()) {
                Tensor a = positive(scope, n);
                Tensor lower = algebra.cholesky(a, scope);
                Tensor upper = algebra.inverseCholesky(a, scope);
                assertThat(lower.matmulTransposed(lower).subtract(a).maxAbs()).isLessThan(1e-5 * a.maxAbs());
                assertThat(distanceToIdentity(algebra.inverse(a, scope).matmul(a))).isLessThan(1e-4);
                assertThat(distanceToIdentity(upper.gram().matmul(a))).isLessThan(1e-4);
                for (int i = 0; i < n; i += 7) {
                    assertThat(upper.get(i, i)).isPositive();
                    for (int j = 0; j < i; j++) {
                        assertThat(upper.get(i, j)).isZero();
                        assertThat(lower.get(j, i)).isZero();
                    }
                }
            }
        }
    }

    @Test
    void onlyTheLowerHalfIsRead() {
        for (LinearAlgebra algebra : new LinearAlgebra[] {Engine.shared().linearAlgebra(), new JavaAlgebra()}) {
            try (Scope scope = Engine.shared().openScope()) {
                Tensor a = positive(scope, 210);
                Tensor half = a.copy();
                for (int i = 0; i < 210; i++) {
                    for (int j = i + 1; j < 210; j++) {
                        half.set(1000, i, j);
                    }
                }
                assertThat(algebra.cholesky(half, scope).toFloats())
                        .containsExactly(algebra.cholesky(a, scope).toFloats());
                assertThat(algebra.symmetricEigen(half, scope).values().toFloats())
                        .containsExactly(algebra.symmetricEigen(a, scope).values().toFloats());
                assertThat(algebra.inverseCholesky(half, scope).toFloats())
                        .containsExactly(algebra.inverseCholesky(a, scope).toFloats());
            }
        }
    }

    @Test
    void theFailingMinorIsCountedOverAllBlocks() {
        try (Scope scope = Engine.shared().openScope()) {
            Tensor a = positive(scope, 400);
            a.set(-1, 333, 333);
            for (LinearAlgebra algebra : new LinearAlgebra[] {Engine.shared().linearAlgebra(), new JavaAlgebra()}) {
                assertThatThrownBy(() -> algebra.cholesky(a, scope)).isInstanceOf(NotPositiveDefiniteException.class)
                        .hasMessageContaining("order 334 ");
            }
        }
    }

    @Test
    void bitsDoNotDependOnTheNumberOfThreads() {
        float[] expected = null;
        for (int threads = 1; threads <= 3; threads++) {
            try (Engine engine = Engine.create(new EngineOptions(threads, false, true));
                    Scope scope = engine.openScope()) {
                float[] values = engine.linearAlgebra().inverseCholesky(positive(scope, 450), scope).toFloats();
                expected = expected == null ? values : expected;
                assertThat(Arrays.equals(values, expected)).isTrue();
            }
        }
    }

    @Test
    void inputsOfAnyTypeAndLayoutAreLeftAlone() {
        LinearAlgebra algebra = Engine.shared().linearAlgebra();
        try (Scope scope = Engine.shared().openScope()) {
            Tensor a = normal(scope, 30, 20).to(DataType.BF16);
            float[] before = a.toFloats();
            LinearAlgebra.Svd svd = algebra.svd(a.transpose(), scope);
            assertThat(svd.u().scaleColumns(svd.values()).matmul(svd.vt()).subtract(a.transpose()).maxAbs())
                    .isLessThan(1e-5);
            Tensor x = algebra.leastSquares(a, normal(scope, 30, 3), 0, scope);
            assertThat(x.shape().toArray()).containsExactly(20, 3);
            assertThat(a.toFloats()).containsExactly(before);
        }
    }

    @Test
    void leastSquaresTakesTheSmallestOfManySolutions() {
        for (LinearAlgebra algebra : new LinearAlgebra[] {Engine.shared().linearAlgebra(), new JavaAlgebra()}) {
            try (Scope scope = Engine.shared().openScope()) {
                Tensor row = scope.of(new float[] {1, 1, 1, 1}, 2, 2);
                Tensor x = algebra.leastSquares(row, scope.of(new float[] {2, 2}, 2, 1), 0, scope);
                assertThat(x.subtract(scope.of(new float[] {1, 1}, 2, 1)).maxAbs()).isLessThan(1e-6);
                Tensor wide = algebra.leastSquares(row.slice(0, 0, 1), scope.of(new float[] {2}, 1, 1), 0, scope);
                assertThat(wide.subtract(scope.of(new float[] {1, 1}, 2, 1)).maxAbs()).isLessThan(1e-6);
            }
        }
    }

    @Test
    void badInputIsRefusedWithASentence() {
        for (LinearAlgebra algebra : new LinearAlgebra[] {Engine.shared().linearAlgebra(), new JavaAlgebra()}) {
            try (Scope scope = Engine.shared().openScope()) {
                Tensor bad = scope.zeros(3, 3).fill(Double.NaN);
                assertThatThrownBy(() -> algebra.svd(bad, scope)).hasMessageContaining("NaN");
                assertThatThrownBy(() -> algebra.cholesky(scope.zeros(2, 3), scope)).hasMessageContaining("[2, 3]");
                assertThatThrownBy(() -> algebra.qr(scope.zeros(2, 3), scope)).hasMessageContaining("more columns");
                assertThatThrownBy(
                        () -> algebra.solveTriangular(scope.zeros(2, 2), true, false, scope.zeros(2, 1), scope))
                        .hasMessageContaining("element 0 of the diagonal is zero");
                assertThatThrownBy(() -> algebra.leastSquares(scope.zeros(2, 2), scope.zeros(3, 1), 0, scope))
                        .hasMessageContaining("[3, 1]");
            }
        }
    }
}
