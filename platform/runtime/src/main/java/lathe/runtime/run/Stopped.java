package lathe.runtime.run;

/** Thrown inside a node when the run was asked to stop. */
final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1;

    Stopped() {
        super("The run was asked to stop.", null, false, false);
    }

    /** Whether a failure is, or comes from, the wish to stop: methods and thread pools may wrap what they did not throw. */
    static boolean caused(Throwable failure) {
        Throwable cause = failure;
        while (cause != null && !(cause instanceof Stopped)) {
            cause = cause.getCause();
        }
        return cause != null;
    }
}
