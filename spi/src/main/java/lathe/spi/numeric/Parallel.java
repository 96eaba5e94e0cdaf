package lathe.spi.numeric;

/** Loops over the platform's worker pool. Bodies must not depend on the order or on which thread runs them. */
public interface Parallel {
    /** A part of a loop. */
    @FunctionalInterface
    interface Body {
        /**
         * Does the indices [from, to).
         *
         * @param from first index
         * @param to   index after the last
         */
        void run(int from, int to);
    }

    /**
     * Runs a loop in chunks whose borders do not depend on the number of threads. Returns when all is done; the first
     * exception of a body is thrown again here.
     *
     * @param count number of indices
     * @param chunk indices of a chunk, at least 1
     * @param body  what to do with a chunk
     */
    void forEach(int count, int chunk, Body body);

    /**
     * Size of the pool.
     *
     * @return threads, the caller's included
     */
    int threads();

    /** A pool of the calling thread alone. */
    Parallel SEQUENTIAL = new Parallel() {
        @Override
        public void forEach(int count, int chunk, Body body) {
            for (int from = 0; from < count; from += chunk) {
                body.run(from, Math.min(count, from + chunk));
            }
        }

        @Override
        public int threads() {
            return 1;
        }
    };
}
