package lathe.spi.numeric;

/** A matrix that should have a Cholesky factor has none. Callers raise their damping and try again. */
public final class NotPositiveDefiniteException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param order the leading minor that is not positive, from 1
     */
    public NotPositiveDefiniteException(int order) {
        super("The matrix is not positive definite: its leading minor of order " + order + " is not positive.");
    }
}
