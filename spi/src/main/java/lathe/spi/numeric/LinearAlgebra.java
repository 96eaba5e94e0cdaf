package lathe.spi.numeric;

import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Decompositions of small and middle-sized matrices. Inputs are left as they are; results are float32 (computed in
 * float32 or better) in the given scope. An input with NaN or infinity is refused with a sentence.
 */
public interface LinearAlgebra {
    /**
     * Cholesky factor of a symmetric positive definite matrix.
     *
     * @param matrix [n, n], of which the lower half is read
     * @param scope  where the result lives
     * @return lower triangular L with matrix = L L^T
     * @throws NotPositiveDefiniteException if there is no such factor
     */
    Tensor cholesky(Tensor matrix, Scope scope);

    /**
     * The upper factor of an inverse, as GPTQ and SparseGPT use it.
     *
     * @param matrix [n, n], symmetric positive definite
     * @param scope  where the result lives
     * @return upper triangular U with matrix^-1 = U^T U
     * @throws NotPositiveDefiniteException if the matrix has no Cholesky factor
     */
    Tensor inverseCholesky(Tensor matrix, Scope scope);

    /**
     * Inverse of a symmetric positive definite matrix.
     *
     * @param matrix [n, n]
     * @param scope  where the result lives
     * @return the inverse
     * @throws NotPositiveDefiniteException if the matrix has no Cholesky factor
     */
    Tensor inverse(Tensor matrix, Scope scope);

    /**
     * Thin singular value decomposition, values descending.
     *
     * @param matrix [m, n]
     * @param scope  where the results live
     * @return u [m, r], values [r], vt [r, n] with r = min(m, n)
     */
    Svd svd(Tensor matrix, Scope scope);

    /**
     * Eigenvectors of a symmetric matrix, values ascending.
     *
     * @param matrix [n, n], of which the lower half is read
     * @param scope  where the results live
     * @return values [n] and vectors [n, n], one a column
     */
    Eigen symmetricEigen(Tensor matrix, Scope scope);

    /**
     * Thin QR decomposition with a non-negative diagonal of R.
     *
     * @param matrix [m, n], m >= n
     * @param scope  where the results live
     * @return q [m, n], r [n, n]
     */
    Qr qr(Tensor matrix, Scope scope);

    /**
     * Least squares with optional ridge: minimises |A X - B|^2 + ridge |X|^2.
     *
     * @param left  A [m, n]
     * @param right B [m, k]
     * @param ridge at least 0
     * @param scope where the result lives
     * @return X [n, k]; of several solutions the one of least norm
     */
    Tensor leastSquares(Tensor left, Tensor right, double ridge, Scope scope);

    /**
     * Solves a triangular system.
     *
     * @param triangle   [n, n]
     * @param upper      whether the triangle is the upper one
     * @param transposed whether to solve with the transpose
     * @param right      [n, k]
     * @param scope      where the result lives
     * @return X with triangle X = right
     */
    Tensor solveTriangular(Tensor triangle, boolean upper, boolean transposed, Tensor right, Scope scope);

    /**
     * A singular value decomposition.
     *
     * @param u      left vectors, one a column
     * @param values singular values, descending
     * @param vt     right vectors, one a row
     */
    record Svd(Tensor u, Tensor values, Tensor vt) {}

    /**
     * An eigendecomposition.
     *
     * @param values  eigenvalues, ascending
     * @param vectors eigenvectors, one a column
     */
    record Eigen(Tensor values, Tensor vectors) {}

    /**
     * A QR decomposition.
     *
     * @param q orthonormal columns
     * @param r upper triangular
     */
    record Qr(Tensor q, Tensor r) {}
}
