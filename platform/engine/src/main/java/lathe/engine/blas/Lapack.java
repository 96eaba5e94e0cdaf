package lathe.engine.blas;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The float64 routines of OpenBLAS that the engine uses, each on the calling thread alone. Memory of matrices is
 * off-heap; orders of storage are stated at each routine, since a row-major matrix is the transpose of a column-major one
 * and LAPACK itself knows columns only.
 */
public final class Lapack {
    private static final int UPPER = 121;
    private static final int LOWER = 122;
    private static final int NOT_TRANSPOSED = 111;
    private static final int TRANSPOSED = 112;
    private static final int NOT_UNIT = 131;
    private static final int LEFT = 141;
    private static final int RIGHT = 142;

    private final MethodHandle dgemm;
    private final MethodHandle dtrsm;
    private final MethodHandle dpotrf;
    private final MethodHandle dgesdd;
    private final MethodHandle dgesvd;
    private final MethodHandle dsyevd;
    private final MethodHandle dgeqrf;
    private final MethodHandle dorgqr;
    private final MethodHandle dgelsd;
    private final MethodHandle dgels;

    /**
     * Looks up the routines.
     *
     * @param library the loaded library
     */
    public Lapack(OpenBlas library) {
        MemoryLayout i = JAVA_INT;
        MemoryLayout b = JAVA_BYTE;
        MemoryLayout d = JAVA_DOUBLE;
        MemoryLayout p = ADDRESS;
        dgemm = library.function("cblas_dgemm", FunctionDescriptor.ofVoid(i, i, i, i, i, i, d, p, i, p, i, d, p, i));
        dtrsm = library.function("cblas_dtrsm", FunctionDescriptor.ofVoid(i, i, i, i, i, i, i, d, p, i, p, i));
        dpotrf = library.function("LAPACKE_dpotrf", FunctionDescriptor.of(JAVA_INT, i, b, i, p, i));
        dgesdd = library.function("LAPACKE_dgesdd", FunctionDescriptor.of(JAVA_INT, i, b, i, i, p, i, p, p, i, p, i));
        dgesvd = library.function("LAPACKE_dgesvd",
                FunctionDescriptor.of(JAVA_INT, i, b, b, i, i, p, i, p, p, i, p, i, p));
        dsyevd = library.function("LAPACKE_dsyevd", FunctionDescriptor.of(JAVA_INT, i, b, b, i, p, i, p));
        dgeqrf = library.function("LAPACKE_dgeqrf", FunctionDescriptor.of(JAVA_INT, i, i, i, p, i, p));
        dorgqr = library.function("LAPACKE_dorgqr", FunctionDescriptor.of(JAVA_INT, i, i, i, i, p, i, p));
        dgelsd = library.function("LAPACKE_dgelsd",
                FunctionDescriptor.of(JAVA_INT, i, i, i, i, p, i, p, i, p, d, p));
        dgels = library.function("LAPACKE_dgels", FunctionDescriptor.of(JAVA_INT, i, b, i, i, i, p, i, p, i));
    }

    private static IllegalStateException failed(String routine, Throwable thrown) {
        return new IllegalStateException(routine + " failed.", thrown);
    }

    /**
     * target = factor op(left) op(right) + (accumulate ? target : 0), all row-major.
     *
     * @param factor          of the product
     * @param accumulate      whether to add to the target
     * @param leftTransposed  whether left is stored [k, m]
     * @param rightTransposed whether right is stored [n, k]
     * @param m               rows of the target
     * @param n               columns of the target
     * @param k               length of the sums
     * @param left            from its first element on
     * @param leftStride      elements between rows
     * @param right           from its first element on
     * @param rightStride     elements between rows
     * @param target          from its first element on
     * @param targetStride    elements between rows
     */
    public void multiply(double factor, boolean accumulate, boolean leftTransposed, boolean rightTransposed, int m,
            int n,
            int k, MemorySegment left, int leftStride, MemorySegment right, int rightStride, MemorySegment target,
            int targetStride) {
        try {
            dgemm.invokeExact(OpenBlas.ROW_MAJOR, leftTransposed ? TRANSPOSED : NOT_TRANSPOSED,
                    rightTransposed ? TRANSPOSED : NOT_TRANSPOSED, m, n, k, factor, left, leftStride, right,
                    rightStride,
                    accumulate ? 1.0 : 0.0, target, targetStride);
        } catch (Throwable thrown) {
            throw failed("cblas_dgemm", thrown);
        }
    }

    /**
     * Overwrites right by the solution of op(triangle) X = right, or of X op(triangle) = right; row-major.
     *
     * @param fromLeft       whether the triangle stands left of X
     * @param upper          whether the triangle is the upper one
     * @param transposed     whether op is the transpose
     * @param m              rows of right
     * @param n              columns of right
     * @param triangle       from its first element on
     * @param triangleStride elements between rows
     * @param right          from its first element on
     * @param rightStride    elements between rows
     */
    public void solve(boolean fromLeft, boolean upper, boolean transposed, int m, int n, MemorySegment triangle,
            int triangleStride, MemorySegment right, int rightStride) {
        try {
            dtrsm.invokeExact(OpenBlas.ROW_MAJOR, fromLeft ? LEFT : RIGHT, upper ? UPPER : LOWER,
                    transposed ? TRANSPOSED : NOT_TRANSPOSED, NOT_UNIT, m, n, 1.0, triangle, triangleStride, right,
                    rightStride);
        } catch (Throwable thrown) {
            throw failed("cblas_dtrsm", thrown);
        }
    }

    /**
     * Overwrites the lower half of a row-major matrix by its Cholesky factor.
     *
     * @param n      rows
     * @param matrix from its first element on
     * @param stride elements between rows
     * @return 0, or the order of the leading minor that is not positive
     */
    public int cholesky(int n, MemorySegment matrix, int stride) {
        try {
            // The lower half by rows is the upper half by columns, and L L^T read by columns is U^T U.
            return (int) dpotrf.invokeExact(OpenBlas.COLUMN_MAJOR, (byte) 'U', n, matrix, stride);
        } catch (Throwable thrown) {
            throw failed("LAPACKE_dpotrf", thrown);
        }
    }

    /**
     * Thin singular value decomposition of a column-major matrix, which is overwritten.
     *
     * @param m      rows
     * @param n      columns
     * @param matrix m x n
     * @param values min(m, n)
     * @param u      m x min(m, n), column-major
     * @param vt     min(m, n) x n, column-major
     * @return 0, or positive if the iteration did not converge
     */
    public int svd(int m, int n, MemorySegment matrix, MemorySegment values, MemorySegment u, MemorySegment vt) {
        try {
            return (int) dgesdd.invokeExact(OpenBlas.COLUMN_MAJOR, (byte) 'S', m, n, matrix, m, values, u, m, vt,
                    Math.min(m, n));
        } catch (Throwable thrown) {
            throw failed("LAPACKE_dgesdd", thrown);
        }
    }

    /**
     * The same by the slower method that converges where the faster one does not.
     *
     * @param m      rows
     * @param n      columns
     * @param matrix m x n, column-major, overwritten
     * @param values min(m, n)
     * @param u      m x min(m, n), column-major
     * @param vt     min(m, n) x n, column-major
     * @param work   min(m, n)
     * @return 0, or positive if the iteration did not converge
     */
    public int svdByIteration(int m, int n, MemorySegment matrix, MemorySegment values, MemorySegment u,
            MemorySegment vt, MemorySegment work) {
        try {
            return (int) dgesvd.invokeExact(OpenBlas.COLUMN_MAJOR, (byte) 'S', (byte) 'S', m, n, matrix, m, values, u,
                    m,
                    vt, Math.min(m, n), work);
        } catch (Throwable thrown) {
            throw failed("LAPACKE_dgesvd", thrown);
        }
    }

    /**
     * Overwrites a symmetric row-major matrix, of which the lower half is read, by its eigenvectors, one a row.
     *
     * @param n      rows
     * @param matrix n x n
     * @param values n, ascending
     * @return 0, or positive if the iteration did not converge
     */
    public int symmetricEigen(int n, MemorySegment matrix, MemorySegment values) {
        try {
            return (int) dsyevd.invokeExact(OpenBlas.COLUMN_MAJOR, (byte) 'V', (byte) 'U', n, matrix, n, values);
        } catch (Throwable thrown) {
            throw failed("LAPACKE_dsyevd", thrown);
        }
    }

    /**
     * Overwrites a column-major matrix by R in its upper half and reflectors below.
     *
     * @param m       rows
     * @param n       columns, at most m
     * @param matrix  m x n
     * @param factors n
     */
    public void qr(int m, int n, MemorySegment matrix, MemorySegment factors) {
        try {
            int ignored = (int) dgeqrf.invokeExact(OpenBlas.COLUMN_MAJOR, m, n, matrix, m, factors);
        } catch (Throwable thrown) {
            throw failed("LAPACKE_dgeqrf", thrown);
        }
    }

    /**
     * Overwrites the result of {@link #qr} by Q.
     *
     * @param m       rows
     * @param n       columns, at most m
     * @param matrix  m x n, column-major
     * @param factors n
     */
    public void orthogonal(int m, int n, MemorySegment matrix, MemorySegment factors) {
        try {
            int ignored = (int) dorgqr.invokeExact(OpenBlas.COLUMN_MAJOR, m, n, n, matrix, m, factors);
        } catch (Throwable thrown) {
            throw failed("LAPACKE_dorgqr", thrown);
        }
    }

    /**
     * Least squares of least norm by singular values; column-major.
     *
     * @param m      rows of left
     * @param n      columns of left
     * @param k      right sides
     * @param left   m x n, overwritten
     * @param right  max(m, n) x k, of which m rows are given and n rows come back
     * @param values min(m, n)
     * @param cut    singular values below this share of the largest count as zero
     * @param rank   one int
     * @return 0, or positive if the iteration did not converge
     */
    public int leastSquares(int m, int n, int k, MemorySegment left, MemorySegment right, MemorySegment values,
            double cut, MemorySegment rank) {
        try {
            return (int) dgelsd.invokeExact(OpenBlas.COLUMN_MAJOR, m, n, k, left, m, right, Math.max(m, n), values, cut,
                    rank);
        } catch (Throwable thrown) {
            throw failed("LAPACKE_dgelsd", thrown);
        }
    }

    /**
     * Least squares of a matrix of full column rank by QR; column-major.
     *
     * @param m     rows of left, at least n
     * @param n     columns of left
     * @param k     right sides
     * @param left  m x n, overwritten
     * @param right m x k, of which n rows come back
     * @return 0, or positive if the matrix has not full rank
     */
    public int fullRankLeastSquares(int m, int n, int k, MemorySegment left, MemorySegment right) {
        try {
            return (int) dgels.invokeExact(OpenBlas.COLUMN_MAJOR, (byte) 'N', m, n, k, left, m, right, m);
        } catch (Throwable thrown) {
            throw failed("LAPACKE_dgels", thrown);
        }
    }
}
