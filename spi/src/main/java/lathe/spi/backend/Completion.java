package lathe.spi.backend;

/**
 * A point in the work of a backend: everything that was asked for before it. What an event is to a stream of a graphics
 * processor. It lets a caller go on with other work, look whether the results are there, and wait for them without waiting
 * for what was asked for later.
 */
public interface Completion {
    /** The point that has always been reached: backends whose calls are done when they return have no other. */
    Completion DONE = new Completion() {
        @Override
        public boolean reached() {
            return true;
        }

        @Override
        public void await() {
            // Nothing is left to wait for.
        }
    };

    /**
     * Whether the work before the point is done. Does not wait.
     *
     * @return true from the moment on when it is
     */
    boolean reached();

    /**
     * Waits until the work before the point is done.
     *
     * @throws lathe.spi.LatheException if the work failed
     */
    void await();
}
