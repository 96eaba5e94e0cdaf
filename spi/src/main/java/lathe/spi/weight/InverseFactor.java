package lathe.spi.weight;

import lathe.spi.numeric.LinearAlgebra;
import lathe.spi.numeric.NotPositiveDefiniteException;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * The upper Cholesky factor U of a damped Hessian's inverse, H^-1 = U^T U: what GPTQ (arXiv 2210.17323), SparseGPT
 * (arXiv 2301.00774) and their descendants spread errors with. An input that was never active (H_jj = 0) gets H_jj = 1
 * before the damping is taken from the mean of the diagonal, and its weights count as zero.
 *
 * @param upper [in, in]
 * @param dead  by input: whether it was never active
 */
public record InverseFactor(Tensor upper, boolean[] dead) {
    private static final int ATTEMPTS = 12;
    private static final double SMALLEST_DAMPING = 1e-8;

    /**
     * Damps and factors. A Hessian that has no Cholesky factor is damped ten times as much, again and again.
     *
     * @param hessian       [in, in], left as it is
     * @param percdamp      damping as a fraction of the mean of the diagonal
     * @param linearAlgebra the platform's
     * @param scope         where the factor lives
     * @return the factor
     * @throws NotPositiveDefiniteException if no damping helps, as with a Hessian that holds NaN
     */
    public static InverseFactor of(Tensor hessian, double percdamp, LinearAlgebra linearAlgebra, Scope scope) {
        try (Scope work = scope.child()) {
            return overwriting(hessian.in(work).copy(), percdamp, linearAlgebra, scope);
        }
    }

    /**
     * Damps and factors, without a copy of the Hessian.
     *
     * @param hessian       [in, in], overwritten
     * @param percdamp      damping as a fraction of the mean of the diagonal
     * @param linearAlgebra the platform's
     * @param scope         where the factor lives
     * @return the factor
     * @throws NotPositiveDefiniteException if no damping helps, as with a Hessian that holds NaN
     */
    public static InverseFactor overwriting(Tensor hessian, double percdamp, LinearAlgebra linearAlgebra,
            Scope scope) {
        int columns = hessian.size(0);
        boolean[] dead = new boolean[columns];
        double trace = 0;
        for (int j = 0; j < columns; j++) {
            dead[j] = hessian.get(j, j) == 0;
            if (dead[j]) {
                hessian.set(1, j, j);
            }
            trace += hessian.get(j, j);
        }
        double mean = trace / columns;
        double damping = percdamp * mean;
        double added = 0;
        for (int attempt = 1;; attempt++) {
            addToDiagonal(hessian, damping - added);
            added = damping;
            try {
                return new InverseFactor(linearAlgebra.inverseCholesky(hessian, scope), dead);
            } catch (NotPositiveDefiniteException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
                damping = Math.max(damping * 10, SMALLEST_DAMPING * mean);
            }
        }
    }

    private static void addToDiagonal(Tensor matrix, double value) {
        for (int j = 0; j < matrix.size(0); j++) {
            matrix.set(matrix.get(j, j) + value, j, j);
        }
    }

    /**
     * Sets the weights of dead inputs to zero.
     *
     * @param weight [out, in], overwritten
     */
    public void clearDeadColumns(Tensor weight) {
        for (int j = 0; j < dead.length; j++) {
            if (dead[j]) {
                weight.slice(1, j, j + 1).fill(0);
            }
        }
    }
}
