package lathe.engine.numeric;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;

import lathe.engine.blas.Lapack;
import lathe.spi.numeric.LinearAlgebra;
import lathe.spi.numeric.Parallel;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Decompositions by LAPACK, computed in float64. */
public final class LapackAlgebra implements LinearAlgebra {
    private final Lapack lapack;
    private final BlockedCholesky blocked;
    private final Parallel parallel;

    /**
     * Decompositions over a pool.
     *
     * @param lapack   the routines
     * @param parallel the pool
     */
    public LapackAlgebra(Lapack lapack, Parallel parallel) {
        this.lapack = lapack;
        this.parallel = parallel;
        this.blocked = new BlockedCholesky(lapack, parallel);
    }

    @Override
    public Tensor cholesky(Tensor matrix, Scope scope) {
        Matrices.requireSquare("cholesky", matrix);
        int n = matrix.size(0);
        try (Scope work = scope.child()) {
            MemorySegment factor = Matrices.byRows(matrix, work);
            blocked.factor(factor, n);
            clearUpper(factor, n);
            return Matrices.result(factor, work, scope, n, n);
        }
    }

    private void clearUpper(MemorySegment matrix, int n) {
        parallel.forEach(n, 64, (from, to) -> {
            for (int i = from; i < to; i++) {
                long row = (long) i * n;
                matrix.asSlice(8 * (row + i + 1), 8L * (n - i - 1)).fill((byte) 0);
            }
        });
    }

    /**
     * With the order of rows and columns reversed (J), J A J = M M^T has a lower factor; then A = R R^T with R = J M J
     * upper, and R^-1 is the factor that is asked for. This takes half the work of inverting first, and loses less. Of
     * float64 there is one matrix and a panel a thread: the Hessian of a wide layer is what a walk's memory goes to.
     */
    @Override
    public Tensor inverseCholesky(Tensor matrix, Scope scope) {
        Matrices.requireSquare("inverseCholesky", matrix);
        int n = matrix.size(0);
        try (Scope work = scope.child()) {
            MemorySegment reversed = Matrices.zeros(work, n, n);
            // Element (n-1-i, n-1-j) stands in the upper half, so its mirror in the half that is given is read.
            parallel.forEach(n, 16, (from, to) -> {
                for (int row = from; row < to; row++) {
                    double[] values = Matrices.row(matrix, row, row + 1);
                    for (int column = 0; column <= row; column++) {
                        reversed.set(JAVA_DOUBLE, 8 * ((long) (n - 1 - column) * n + n - 1 - row), values[column]);
                    }
                }
            });
            blocked.factor(reversed, n);
            Tensor result = scope.zeros(n, n);
            MemorySegment numbers = result.segment();
            blocked.invert(reversed, n, work, (panel, start, width) -> {
                for (int i = start; i < n; i++) {
                    for (int j = 0; j < width; j++) {
                        numbers.set(JAVA_FLOAT, 4 * ((long) (n - 1 - i) * n + n - 1 - start - j),
                                (float) panel.get(JAVA_DOUBLE, 8 * ((long) (i - start) * width + j)));
                    }
                }
            });
            return result;
        }
    }

    @Override
    public Tensor inverse(Tensor matrix, Scope scope) {
        Matrices.requireSquare("inverse", matrix);
        int n = matrix.size(0);
        try (Scope work = scope.child()) {
            MemorySegment factor = Matrices.byRows(matrix, work);
            blocked.factor(factor, n);
            MemorySegment inverse = Matrices.zeros(work, n, n);
            blocked.invert(factor, n, work, (panel, start, width) -> {
                for (int i = start; i < n; i++) {
                    MemorySegment.copy(panel, 8L * (i - start) * width, inverse, 8 * ((long) i * n + start),
                            8L * width);
                }
            });
            blocked.gram(inverse, factor, n);
            return Matrices.result(factor, work, scope, n, n);
        }
    }

    @Override
    public Svd svd(Tensor matrix, Scope scope) {
        Matrices.requireMatrix("svd", matrix);
        int m = matrix.size(0);
        int n = matrix.size(1);
        int r = Math.min(m, n);
        if (r == 0) {
            return new Svd(scope.zeros(m, 0), scope.zeros(0), scope.zeros(0, n));
        }
        try (Scope work = scope.child()) {
            // Read by columns, rows are the transpose A^T = V S U^T: its left vectors by columns are V^T by rows.
            MemorySegment vt = Matrices.zeros(work, r, n);
            MemorySegment u = Matrices.zeros(work, m, r);
            MemorySegment values = Matrices.zeros(work, r);
            if (lapack.svd(n, m, Matrices.byRows(matrix, work), values, vt, u) != 0 && lapack.svdByIteration(n, m,
                    Matrices.byRows(matrix, work), values, vt, u, Matrices.zeros(work, r)) != 0) {
                throw new ArithmeticException("svd: the iteration did not converge for " + matrix.shape() + ".");
            }
            return new Svd(Matrices.result(u, work, scope, m, r), Matrices.result(values, work, scope, r),
                    Matrices.result(vt, work, scope, r, n));
        }
    }

    @Override
    public Eigen symmetricEigen(Tensor matrix, Scope scope) {
        Matrices.requireSquare("symmetricEigen", matrix);
        int n = matrix.size(0);
        try (Scope work = scope.child()) {
            MemorySegment vectors = Matrices.byRows(matrix, work);
            MemorySegment values = Matrices.zeros(work, n);
            if (n > 0 && lapack.symmetricEigen(n, vectors, values) != 0) {
                throw new ArithmeticException("symmetricEigen: the iteration did not converge for " + matrix.shape()
                        + ".");
            }
            Tensor columns = work.over(vectors, DataType.F64, n, n).transpose().in(scope).to(DataType.F32);
            return new Eigen(Matrices.result(values, work, scope, n), columns);
        }
    }

    @Override
    public Qr qr(Tensor matrix, Scope scope) {
        Matrices.requireMatrix("qr", matrix);
        int m = matrix.size(0);
        int n = matrix.size(1);
        if (m < n) {
            throw new IllegalArgumentException("qr: a matrix of " + matrix.shape() + " has more columns than rows.");
        }
        if (n == 0) {
            return new Qr(scope.zeros(m, 0), scope.zeros(0, 0));
        }
        try (Scope work = scope.child()) {
            MemorySegment columns = Matrices.byColumns(matrix, work);
            MemorySegment factors = Matrices.zeros(work, n);
            lapack.qr(m, n, columns, factors);
            MemorySegment upper = Matrices.zeros(work, n, n);
            double[] signs = signs(columns, m, n);
            for (int i = 0; i < n; i++) {
                for (int j = i; j < n; j++) {
                    upper.set(JAVA_DOUBLE, 8 * ((long) i * n + j),
                            signs[i] * columns.get(JAVA_DOUBLE, 8 * ((long) j * m + i)) + 0.0);
                }
            }
            lapack.orthogonal(m, n, columns, factors);
            flip(columns, m, signs);
            Tensor q = work.over(columns, DataType.F64, n, m).transpose().in(scope).to(DataType.F32);
            return new Qr(q, Matrices.result(upper, work, scope, n, n));
        }
    }

    private static double[] signs(MemorySegment columns, int m, int n) {
        double[] signs = new double[n];
        for (int i = 0; i < n; i++) {
            signs[i] = columns.get(JAVA_DOUBLE, 8 * ((long) i * m + i)) < 0 ? -1 : 1;
        }
        return signs;
    }

    private static void flip(MemorySegment columns, int m, double[] signs) {
        for (int j = 0; j < signs.length; j++) {
            if (signs[j] < 0) {
                for (int i = 0; i < m; i++) {
                    long at = 8 * ((long) j * m + i);
                    columns.set(JAVA_DOUBLE, at, -columns.get(JAVA_DOUBLE, at));
                }
            }
        }
    }

    @Override
    public Tensor leastSquares(Tensor left, Tensor right, double ridge, Scope scope) {
        Matrices.requireLeastSquares(left, right, ridge);
        int m = left.size(0);
        int n = left.size(1);
        int k = right.size(1);
        if (m == 0 || n == 0 || k == 0) {
            return scope.zeros(n, k);
        }
        try (Scope work = scope.child()) {
            return ridge > 0 ? ridged(left, right, ridge, work, scope) : leastNorm(left, right, work, scope);
        }
    }

    private Tensor leastNorm(Tensor left, Tensor right, Scope work, Scope scope) {
        int m = left.size(0);
        int n = left.size(1);
        int k = right.size(1);
        int rows = Math.max(m, n);
        Tensor sides = work.zeros(DataType.F64, k, rows);
        sides.slice(1, 0, m).assign(right.transpose());
        MemorySegment rank = work.zeros(DataType.I32, 1).segment();
        // The share of the largest singular value that numpy and scipy take for zero, too.
        double cut = rows * Math.ulp(1.0);
        if (lapack.leastSquares(m, n, k, Matrices.byColumns(left, work), sides.segment(),
                Matrices.zeros(work, Math.min(m, n)), cut, rank) != 0) {
            throw new ArithmeticException("leastSquares: the iteration did not converge for " + left.shape() + ".");
        }
        return sides.slice(1, 0, n).transpose().in(scope).to(DataType.F32);
    }

    /** |A X - B|^2 + ridge |X|^2 is |[A; sqrt(ridge) I] X - [B; 0]|^2, which has full rank. */
    private Tensor ridged(Tensor left, Tensor right, double ridge, Scope work, Scope scope) {
        int m = left.size(0);
        int n = left.size(1);
        int k = right.size(1);
        Tensor columns = work.zeros(DataType.F64, n, m + n);
        columns.slice(1, 0, m).assign(left.transpose());
        for (int i = 0; i < n; i++) {
            columns.set(Math.sqrt(ridge), i, m + i);
        }
        Tensor sides = work.zeros(DataType.F64, k, m + n);
        sides.slice(1, 0, m).assign(right.transpose());
        if (lapack.fullRankLeastSquares(m + n, n, k, columns.segment(), sides.segment()) != 0) {
            throw new ArithmeticException(
                    "leastSquares: a ridge of " + ridge + " is too small for " + left.shape() + ".");
        }
        return sides.slice(1, 0, n).transpose().in(scope).to(DataType.F32);
    }

    @Override
    public Tensor solveTriangular(Tensor triangle, boolean upper, boolean transposed, Tensor right, Scope scope) {
        Matrices.requireTriangular(triangle, right);
        int n = triangle.size(0);
        int k = right.size(1);
        try (Scope work = scope.child()) {
            MemorySegment matrix = Matrices.byRows(triangle, work);
            MemorySegment sides = Matrices.byRows(right, work);
            int block = 128;
            parallel.forEach((k + block - 1) / block, 1, (from, to) -> {
                for (int i = from; i < to; i++) {
                    int start = i * block;
                    lapack.solve(true, upper, transposed, n, Math.min(block, k - start), matrix, n,
                            sides.asSlice(8L * start), k);
                }
            });
            return Matrices.result(sides, work, scope, n, k);
        }
    }
}
