package lathe.engine.numeric;

import org.ojalgo.matrix.decomposition.Eigenvalue;
import org.ojalgo.matrix.decomposition.QR;
import org.ojalgo.matrix.decomposition.SingularValue;
import org.ojalgo.matrix.store.MatrixStore;
import org.ojalgo.matrix.store.R064Store;

import lathe.spi.numeric.LinearAlgebra;
import lathe.spi.numeric.NotPositiveDefiniteException;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Decompositions without OpenBLAS: ojAlgo's, and plain loops where it does not say what the SPI promises. In float64, on
 * the calling thread.
 */
public final class JavaAlgebra implements LinearAlgebra {
    /** One. */
    public JavaAlgebra() {}

    private static double[][] rows(Tensor matrix) {
        double[][] rows = new double[matrix.size(0)][matrix.size(1)];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < rows[i].length; j++) {
                rows[i][j] = matrix.get(i, j);
            }
        }
        return rows;
    }

    private static Tensor result(double[][] rows, int columns, Scope scope) {
        Tensor result = scope.zeros(rows.length, columns);
        float[] row = new float[columns];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < columns; j++) {
                row[j] = (float) rows[i][j];
            }
            result.setRow(i, row);
        }
        return result;
    }

    private static R064Store store(double[][] rows, int columns) {
        R064Store store = R064Store.FACTORY.make(rows.length, columns);
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < columns; j++) {
                store.set(i, j, rows[i][j]);
            }
        }
        return store;
    }

    private static double[][] rows(MatrixStore<Double> store, int columns) {
        double[][] rows = new double[store.getRowDim()][columns];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < columns; j++) {
                rows[i][j] = store.doubleValue(i, j);
            }
        }
        return rows;
    }

    private static Tensor vector(double[] values, Scope scope) {
        Tensor vector = scope.zeros(values.length);
        for (int i = 0; i < values.length; i++) {
            vector.set(values[i], i);
        }
        return vector;
    }

    private static double[][] transposed(double[][] rows, int columns) {
        double[][] result = new double[columns][rows.length];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < columns; j++) {
                result[j][i] = rows[i][j];
            }
        }
        return result;
    }

    /** Overwrites the lower half by its factor and clears the upper one. */
    private static double[][] factor(double[][] a) {
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = a[i][j];
                for (int p = 0; p < j; p++) {
                    sum -= a[i][p] * a[j][p];
                }
                if (i > j) {
                    a[i][j] = sum / a[j][j];
                } else if (sum > 0) {
                    a[i][i] = Math.sqrt(sum);
                } else {
                    throw new NotPositiveDefiniteException(i + 1);
                }
            }
            java.util.Arrays.fill(a[i], i + 1, a.length, 0);
        }
        return a;
    }

    /** Solves a lower system for every column of right, which is overwritten. */
    private static double[][] forward(double[][] lower, double[][] right) {
        for (int i = 0; i < lower.length; i++) {
            for (int p = 0; p < i; p++) {
                double factor = lower[i][p];
                for (int j = 0; j < right[i].length && factor != 0; j++) {
                    right[i][j] -= factor * right[p][j];
                }
            }
            for (int j = 0; j < right[i].length; j++) {
                right[i][j] /= lower[i][i];
            }
        }
        return right;
    }

    private static double[][] identity(int n) {
        double[][] identity = new double[n][n];
        for (int i = 0; i < n; i++) {
            identity[i][i] = 1;
        }
        return identity;
    }

    private static double[][] reversed(double[][] rows) {
        int n = rows.length;
        double[][] result = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                result[i][j] = rows[n - 1 - i][n - 1 - j];
            }
        }
        return result;
    }

    @Override
    public Tensor cholesky(Tensor matrix, Scope scope) {
        Matrices.requireSquare("cholesky", matrix);
        return result(factor(rows(matrix)), matrix.size(0), scope);
    }

    /** As in {@link LapackAlgebra}: the factor of the reversed matrix, inverted and reversed. */
    @Override
    public Tensor inverseCholesky(Tensor matrix, Scope scope) {
        Matrices.requireSquare("inverseCholesky", matrix);
        int n = matrix.size(0);
        // The transpose brings the half that is read to where the reversed factor looks for it.
        double[][] factor = factor(reversed(transposed(rows(matrix), n)));
        return result(reversed(forward(factor, identity(n))), n, scope);
    }

    @Override
    public Tensor inverse(Tensor matrix, Scope scope) {
        Matrices.requireSquare("inverse", matrix);
        int n = matrix.size(0);
        double[][] lower = forward(factor(rows(matrix)), identity(n));
        double[][] inverse = new double[n][n];
        for (int p = 0; p < n; p++) {
            for (int i = 0; i <= p; i++) {
                for (int j = 0; j <= p; j++) {
                    inverse[i][j] += lower[p][i] * lower[p][j];
                }
            }
        }
        return result(inverse, n, scope);
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
        SingularValue<Double> svd = decomposed(rows(matrix), n);
        double[] values = new double[r];
        svd.getSingularValues(values);
        return new Svd(result(rows(svd.getU(), r), r, scope), vector(values, scope),
                result(transposed(rows(svd.getV(), r), r), n, scope));
    }

    private static SingularValue<Double> decomposed(double[][] rows, int columns) {
        R064Store store = store(rows, columns);
        SingularValue<Double> svd = SingularValue.R064.make(store);
        if (!svd.decompose(store)) {
            throw new ArithmeticException("svd: the iteration did not converge.");
        }
        return svd;
    }

    @Override
    public Eigen symmetricEigen(Tensor matrix, Scope scope) {
        Matrices.requireSquare("symmetricEigen", matrix);
        int n = matrix.size(0);
        if (n == 0) {
            return new Eigen(scope.zeros(0), scope.zeros(0, 0));
        }
        double[][] rows = rows(matrix);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                rows[j][i] = rows[i][j];
            }
        }
        R064Store store = store(rows, n);
        Eigenvalue<Double> eigen = Eigenvalue.R064.make(store, true);
        if (!eigen.decompose(store)) {
            throw new ArithmeticException("symmetricEigen: the iteration did not converge for " + matrix.shape() + ".");
        }
        double[][] vectors = rows(eigen.getV(), n);
        Integer[] order = new Integer[n];
        java.util.Arrays.setAll(order, i -> i);
        MatrixStore<Double> diagonal = eigen.getD();
        java.util.Arrays.sort(order, java.util.Comparator.comparingDouble(i -> diagonal.doubleValue(i, i)));
        double[] values = new double[n];
        double[][] sorted = new double[n][n];
        for (int j = 0; j < n; j++) {
            values[j] = diagonal.doubleValue(order[j], order[j]);
            for (int i = 0; i < n; i++) {
                sorted[i][j] = vectors[i][order[j]];
            }
        }
        return new Eigen(vector(values, scope), result(sorted, n, scope));
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
        R064Store store = store(rows(matrix), n);
        QR<Double> qr = QR.R064.make(store);
        qr.decompose(store);
        double[][] q = rows(qr.getQ(), n);
        double[][] r = new double[n][n];
        for (int i = 0; i < n; i++) {
            double sign = qr.getR().doubleValue(i, i) < 0 ? -1 : 1;
            for (int j = i; j < n; j++) {
                r[i][j] = sign * qr.getR().doubleValue(i, j) + 0.0;
            }
            for (double[] row : q) {
                row[i] *= sign;
            }
        }
        return new Qr(result(q, n, scope), result(r, n, scope));
    }

    /** By singular values, of which the small ones count as zero; a ridge adds to their squares. */
    @Override
    public Tensor leastSquares(Tensor left, Tensor right, double ridge, Scope scope) {
        Matrices.requireLeastSquares(left, right, ridge);
        int m = left.size(0);
        int n = left.size(1);
        int k = right.size(1);
        if (m == 0 || n == 0 || k == 0) {
            return scope.zeros(n, k);
        }
        SingularValue<Double> svd = decomposed(rows(left), n);
        int r = Math.min(m, n);
        double[] values = new double[r];
        svd.getSingularValues(values);
        double[][] u = rows(svd.getU(), r);
        double[][] v = rows(svd.getV(), r);
        double[][] b = rows(right);
        double cut = values[0] * Math.max(m, n) * Math.ulp(1.0);
        double[][] x = new double[n][k];
        for (int p = 0; p < r && values[p] > cut; p++) {
            double factor = values[p] / (values[p] * values[p] + ridge);
            for (int j = 0; j < k; j++) {
                double product = 0;
                for (int i = 0; i < m; i++) {
                    product += u[i][p] * b[i][j];
                }
                for (int i = 0; i < n; i++) {
                    x[i][j] += factor * product * v[i][p];
                }
            }
        }
        return result(x, k, scope);
    }

    @Override
    public Tensor solveTriangular(Tensor triangle, boolean upper, boolean transposed, Tensor right, Scope scope) {
        Matrices.requireTriangular(triangle, right);
        int n = triangle.size(0);
        double[][] matrix = transposed ? transposed(rows(triangle), n) : rows(triangle);
        double[][] sides = rows(right);
        if (upper == transposed) {
            return result(forward(matrix, sides), right.size(1), scope);
        }
        // An upper system is a lower one with the order of everything reversed.
        double[][] reversedSides = new double[n][];
        for (int i = 0; i < n; i++) {
            reversedSides[i] = sides[n - 1 - i];
        }
        double[][] solution = forward(reversed(matrix), reversedSides);
        double[][] x = new double[n][];
        for (int i = 0; i < n; i++) {
            x[i] = solution[n - 1 - i];
        }
        return result(x, right.size(1), scope);
    }
}
