package lathe.engine.check;

import lathe.spi.numeric.LinearAlgebra;
import lathe.spi.numeric.NotPositiveDefiniteException;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Decompositions. Where signs or bases are free, invariants are checked besides what the case states. */
final class AlgebraChecks {
    private static final double ORTHONORMAL = 1e-5;
    private static final double RESTORED = 1e-5;

    private final OperatorCase golden;
    private final Findings found;
    private final LinearAlgebra algebra;
    private final Scope scope;

    AlgebraChecks(OperatorCase golden, Findings found, LinearAlgebra algebra, Scope scope) {
        this.golden = golden;
        this.found = found;
        this.algebra = algebra;
        this.scope = scope;
    }

    void cholesky() {
        Tensor a = in("a");
        if (found.wants("fails_at")) {
            failing(a);
            return;
        }
        Tensor lower = algebra.cholesky(a, scope);
        found.check("lower", lower);
        found.check("inverse", algebra.inverse(a, scope));
        found.check("upper_of_inverse", algebra.inverseCholesky(a, scope));
        double logarithm = 0;
        for (int i = 0; i < lower.size(0); i++) {
            logarithm += 2 * Math.log(lower.get(i, i));
        }
        found.check("log_determinant", logarithm);
    }

    private void failing(Tensor a) {
        try {
            algebra.cholesky(a, scope);
            found.check("fails_at", -1);
        } catch (NotPositiveDefiniteException e) {
            // The case counts rows from 0, orders of minors count from 1.
            int expected = (int) Findings.values(golden.tensor("out.fails_at"))[0];
            boolean named = e.getMessage().contains("order " + (expected + 1) + " ");
            found.check("fails_at", named ? expected : -1);
        }
        try {
            algebra.inverseCholesky(a, scope);
            found.require(false, "the inverse has a factor though the matrix is not positive definite");
        } catch (NotPositiveDefiniteException e) {
            // As it should be.
        }
        found.check("smallest_eigenvalue", algebra.symmetricEigen(a, scope).values().get(0));
    }

    void svd() {
        Tensor a = in("a");
        LinearAlgebra.Svd svd = algebra.svd(a, scope);
        found.check("singular_values", svd.values());
        orthonormal("U", svd.u());
        orthonormal("V", svd.vt().transpose());
        Tensor restored = svd.u().scaleColumns(svd.values()).matmul(svd.vt());
        restored("U S V^T", restored, a);
        if (found.wants("rank_k")) {
            int rank = golden.number("rank").orElseThrow().intValue();
            found.check("rank_k", svd.u().slice(1, 0, rank).copy().scaleColumns(svd.values().slice(0, 0, rank))
                    .matmul(svd.vt().slice(0, 0, rank)));
        }
    }

    void qr() {
        Tensor a = in("a");
        LinearAlgebra.Qr qr = algebra.qr(a, scope);
        int n = a.size(1);
        double[] diagonal = new double[n];
        for (int i = 0; i < n; i++) {
            diagonal[i] = qr.r().get(i, i);
            found.require(diagonal[i] >= 0, "the diagonal of R is negative in row " + i);
            for (int j = 0; j < i; j++) {
                found.require(qr.r().get(i, j) == 0, "R is not zero at [" + i + ", " + j + "]");
            }
        }
        found.check("abs_diagonal_r", diagonal);
        found.check("r_positive", qr.r());
        found.check("q_positive", qr.q());
        orthonormal("Q", qr.q());
        restored("Q R", qr.q().matmul(qr.r()), a);
    }

    void eigen() {
        LinearAlgebra.Eigen eigen = algebra.symmetricEigen(in("a"), scope);
        found.check("values", eigen.values());
        found.check("abs_vectors", eigen.vectors().abs());
    }

    void triangular() {
        Tensor lower = in("lower");
        Tensor b = in("b");
        found.check("inverse", algebra.solveTriangular(lower, false, false, identity(lower.size(0)), scope));
        found.check("solution", algebra.solveTriangular(lower, false, false, b, scope));
        found.check("solution_transposed", algebra.solveTriangular(lower, false, true, b, scope));
        found.check("solution", algebra.solveTriangular(lower.transpose(), true, true, b, scope));
    }

    void leastSquares() {
        Tensor x = algebra.leastSquares(in("a"), in("b"), golden.number("lambda").orElse(0.0), scope);
        found.check("x", x);
        if (found.wants("residual")) {
            found.check("residual", in("a").matmul(x).subtract(in("b")).square().sum(0));
        }
    }

    private void orthonormal(String name, Tensor columns) {
        double error = columns.gram().subtract(identity(columns.size(1))).maxAbs();
        found.require(error < ORTHONORMAL, "the columns of " + name + " are not orthonormal, by " + error);
    }

    private void restored(String name, Tensor product, Tensor a) {
        double error = Math.sqrt(product.subtract(a).square().sum());
        found.require(error <= RESTORED * Math.max(1, Math.sqrt(a.square().sum())),
                name + " is not the matrix, by " + error);
    }

    private Tensor identity(int n) {
        Tensor identity = scope.zeros(n, n);
        for (int i = 0; i < n; i++) {
            identity.set(1, i, i);
        }
        return identity;
    }

    private Tensor in(String name) {
        return golden.tensor("in." + name).in(scope);
    }
}
