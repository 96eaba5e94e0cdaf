package lathe.engine;

/**
 * How an engine is set up.
 *
 * @param threads     threads of the pool, the caller's included; at least 1
 * @param vectorBlas  whether the matrix product of the Vector API is used although OpenBLAS could be
 * @param vectorLoops whether elementwise loops use the Vector API; false takes their scalar twins, for comparison
 */
public record EngineOptions(int threads, boolean vectorBlas, boolean vectorLoops) {
    public EngineOptions {
        if (threads < 1) {
            throw new IllegalArgumentException("An engine needs at least one thread, but " + threads + " were given.");
        }
    }

    /**
     * The options that system properties ask for: {@code lathe.threads} (default: all processors),
     * {@code lathe.blas=vector}, {@code lathe.loops=scalar}.
     *
     * @return the options
     */
    public static EngineOptions fromSystem() {
        int threads = Integer.getInteger("lathe.threads", Runtime.getRuntime().availableProcessors());
        return new EngineOptions(Math.max(1, threads), "vector".equals(System.getProperty("lathe.blas")),
                !"scalar".equals(System.getProperty("lathe.loops")));
    }

    /**
     * The same with another number of threads.
     *
     * @param count at least 1
     * @return new options
     */
    public EngineOptions withThreads(int count) {
        return new EngineOptions(count, vectorBlas, vectorLoops);
    }
}
