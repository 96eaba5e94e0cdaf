package lathe.engine.kernels;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;

import lathe.engine.blas.Gemm;

/**
 * Dense float32 matrix products in the calling thread, row-major, by address.
 *
 * @param gemm does the work
 */
public record MatrixProduct(Gemm gemm) {
    /** Checks that there is one. */
    public MatrixProduct {
        requireNonNull(gemm, "gemm is null");
    }

    /**
     * c = a b^T, or c += a b^T.
     *
     * @param accumulate whether to add to c
     * @param m          rows of a and c
     * @param n          rows of b, columns of c
     * @param k          columns of a and b
     * @param a          [m, k]
     * @param aStride    distance of rows of a
     * @param b          [n, k]
     * @param bStride    distance of rows of b
     * @param c          [m, n]
     * @param cStride    distance of rows of c
     */
    public void timesTransposed(
            boolean accumulate,
            int m,
            int n,
            int k,
            long a,
            long aStride,
            long b,
            long bStride,
            long c,
            long cStride) {
        multiply(accumulate, true, m, n, k, a, aStride, b, bStride, c, cStride);
    }

    /**
     * c = a b, or c += a b.
     *
     * @param accumulate whether to add to c
     * @param m          rows of a and c
     * @param n          columns of b and c
     * @param k          columns of a, rows of b
     * @param a          [m, k]
     * @param aStride    distance of rows of a
     * @param b          [k, n]
     * @param bStride    distance of rows of b
     * @param c          [m, n]
     * @param cStride    distance of rows of c
     */
    public void times(
            boolean accumulate,
            int m,
            int n,
            int k,
            long a,
            long aStride,
            long b,
            long bStride,
            long c,
            long cStride) {
        multiply(accumulate, false, m, n, k, a, aStride, b, bStride, c, cStride);
    }

    private void multiply(
            boolean accumulate,
            boolean transposed,
            int m,
            int n,
            int k,
            long a,
            long aStride,
            long b,
            long bStride,
            long c,
            long cStride) {
        gemm.multiply(
                accumulate,
                false,
                transposed,
                m,
                n,
                k,
                at(a),
                Math.toIntExact(aStride),
                at(b),
                Math.toIntExact(bStride),
                at(c),
                Math.toIntExact(cStride));
    }

    private static MemorySegment at(long address) {
        return Memory.ALL.asSlice(address);
    }
}
