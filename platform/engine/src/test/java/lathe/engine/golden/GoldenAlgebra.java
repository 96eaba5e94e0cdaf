package lathe.engine.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import lathe.engine.Engine;
import lathe.spi.numeric.LinearAlgebra;
import lathe.spi.numeric.NotPositiveDefiniteException;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Decompositions against numpy and scipy: what every implementation has to pass. */
abstract class GoldenAlgebra {
    private final LinearAlgebra algebra;
    private Scope scope;

    GoldenAlgebra(LinearAlgebra algebra) {
        this.algebra = algebra;
    }

    @BeforeEach
    void open() {
        scope = Engine.shared().openScope();
    }

    @AfterEach
    void close() {
        scope.close();
    }

    private Tensor identity(int n) {
        Tensor identity = scope.zeros(n, n);
        for (int i = 0; i < n; i++) {
            identity.set(1, i, i);
        }
        return identity;
    }

    @Test
    void choleskyAndInverses() {
        GoldenCase golden = GoldenCase.read("cholesky", scope);
        Tensor a = golden.in("a");
        Tensor lower = algebra.cholesky(a, scope);
        golden.check("lower", lower);
        golden.check("inverse", algebra.inverse(a, scope));
        golden.check("upper_of_inverse", algebra.inverseCholesky(a, scope));
        double logarithm = 0;
        for (int i = 0; i < lower.size(0); i++) {
            logarithm += 2 * Math.log(lower.get(i, i));
        }
        golden.check("log_determinant", logarithm);
    }

    @Test
    void choleskySaysWhichMinorFails() {
        GoldenCase golden = GoldenCase.read("cholesky-dead-column", scope);
        assertThatThrownBy(() -> algebra.cholesky(golden.in("a"), scope))
                .isInstanceOf(NotPositiveDefiniteException.class)
                // The case counts rows from 0, orders of minors count from 1.
                .hasMessageContaining("order " + (int) (golden.out("fails_at").get(0) + 1) + " ");
        assertThatThrownBy(() -> algebra.inverseCholesky(golden.in("a"), scope))
                .isInstanceOf(NotPositiveDefiniteException.class);
        Tensor values = algebra.symmetricEigen(golden.in("a"), scope).values();
        golden.check("smallest_eigenvalue", values.get(0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"decaying", "rank-deficient", "repeated", "tall", "wide"})
    void singularValues(String kind) {
        GoldenCase golden = GoldenCase.read("svd-" + kind, scope);
        Tensor a = golden.in("a");
        LinearAlgebra.Svd svd = algebra.svd(a, scope);
        golden.check("singular_values", svd.values());
        int r = Math.min(a.size(0), a.size(1));
        assertThat(svd.u().gram().subtract(identity(r)).maxAbs()).isLessThan(1e-5);
        assertThat(svd.vt().transpose().gram().subtract(identity(r)).maxAbs()).isLessThan(1e-5);
        double error = svd.u().scaleColumns(svd.values()).matmul(svd.vt()).subtract(a).square().sum();
        assertThat(Math.sqrt(error)).isLessThan(1e-5 * Math.sqrt(a.square().sum()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"square", "tall", "rank-deficient"})
    void thinQr(String kind) {
        GoldenCase golden = GoldenCase.read("qr-" + kind, scope);
        Tensor a = golden.in("a");
        LinearAlgebra.Qr qr = algebra.qr(a, scope);
        int n = a.size(1);
        double[] diagonal = new double[n];
        for (int i = 0; i < n; i++) {
            diagonal[i] = qr.r().get(i, i);
            assertThat(diagonal[i]).isNotNegative();
            for (int j = 0; j < i; j++) {
                assertThat(qr.r().get(i, j)).isZero();
            }
        }
        golden.check("abs_diagonal_r", diagonal);
        if (golden.has("out.q_positive")) {
            golden.check("r_positive", qr.r());
            golden.check("q_positive", qr.q());
        }
        assertThat(qr.q().gram().subtract(identity(n)).maxAbs()).isLessThan(1e-5);
        assertThat(qr.q().matmul(qr.r()).subtract(a).maxAbs()).isLessThan(1e-5 * Math.max(1, a.maxAbs()));
    }

    @Test
    void eigenvectorsOfASymmetricMatrix() {
        GoldenCase golden = GoldenCase.read("eigh", scope);
        LinearAlgebra.Eigen eigen = algebra.symmetricEigen(golden.in("a"), scope);
        golden.check("values", eigen.values());
        golden.check("abs_vectors", eigen.vectors().abs());
    }

    @Test
    void triangularSystems() {
        GoldenCase golden = GoldenCase.read("triangular", scope);
        Tensor lower = golden.in("lower");
        golden.check("inverse", algebra.solveTriangular(lower, false, false, identity(lower.size(0)), scope));
        golden.check("solution", algebra.solveTriangular(lower, false, false, golden.in("b"), scope));
        golden.check("solution_transposed", algebra.solveTriangular(lower, false, true, golden.in("b"), scope));
        Tensor upper = lower.transpose();
        golden.check("solution", algebra.solveTriangular(upper, true, true, golden.in("b"), scope));
    }

    @Test
    void leastSquares() {
        GoldenCase golden = GoldenCase.read("least-squares", scope);
        Tensor x = algebra.leastSquares(golden.in("a"), golden.in("b"), 0, scope);
        golden.check("x", x);
        golden.check("residual", golden.in("a").matmul(x).subtract(golden.in("b")).square().sum(0));
    }

    @Test
    void ridgeRegression() {
        GoldenCase golden = GoldenCase.read("ridge", scope);
        golden.check("x", algebra.leastSquares(golden.in("a"), golden.in("b"), golden.parameter("lambda"), scope));
    }
}
