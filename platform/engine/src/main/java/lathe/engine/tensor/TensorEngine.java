package lathe.engine.tensor;

import static java.util.Objects.requireNonNull;

import lathe.engine.blas.Gemm;
import lathe.spi.numeric.Parallel;
import lathe.spi.tensor.Scope;

/** What all tensors share: the pool, the loops and the matrix product. */
public final class TensorEngine {
    private final Parallel parallel;
    private final Gemm gemm;
    private final ElementKernels kernels;

    /**
     * Puts an engine together.
     *
     * @param parallel    the pool
     * @param gemm        the matrix product
     * @param vectorLoops whether loops use the Vector API; false takes the scalar twin, for comparison
     */
    public TensorEngine(Parallel parallel, Gemm gemm, boolean vectorLoops) {
        this.parallel = requireNonNull(parallel, "parallel is null");
        this.gemm = requireNonNull(gemm, "gemm is null");
        this.kernels = vectorLoops ? new VectorElementKernels() : new ScalarElementKernels();
    }

    /**
     * Opens a scope without a parent.
     *
     * @return to be closed by the caller
     */
    public Scope openScope() {
        return new ArenaScope(this, null);
    }

    /**
     * The pool.
     *
     * @return the pool of this engine
     */
    public Parallel parallel() {
        return parallel;
    }

    /**
     * The loops in use.
     *
     * @return a few words for logs
     */
    public String loops() {
        return kernels.description();
    }

    /**
     * The matrix product.
     *
     * @return that of this engine
     */
    public Gemm gemm() {
        return gemm;
    }

    ElementKernels kernels() {
        return kernels;
    }
}
