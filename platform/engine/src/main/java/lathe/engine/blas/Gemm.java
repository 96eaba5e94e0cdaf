package lathe.engine.blas;

import java.lang.foreign.MemorySegment;

/** A product of two row-major float32 matrices on the calling thread alone. */
public interface Gemm {
    /**
     * target = op(left) op(right), or target += that.
     *
     * @param accumulate      whether to add to the target
     * @param leftTransposed  whether left is stored as [k, m] instead of [m, k]
     * @param rightTransposed whether right is stored as [n, k] instead of [k, n]
     * @param m               rows of the target
     * @param n               columns of the target
     * @param k               length of the sums
     * @param left            from its first element on
     * @param leftStride      elements between its stored rows
     * @param right           from its first element on
     * @param rightStride     elements between its stored rows
     * @param target          from its first element on
     * @param targetStride    elements between its rows
     */
    void multiply(boolean accumulate, boolean leftTransposed, boolean rightTransposed, int m, int n, int k,
            MemorySegment left, int leftStride, MemorySegment right, int rightStride, MemorySegment target,
            int targetStride);

    /**
     * What this is, for logs.
     *
     * @return library and kernels
     */
    String description();
}
