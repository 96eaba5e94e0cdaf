package lathe.benchmarks;

/** What one benchmark measures: prepared by its maker, repeated by {@link #run}. */
interface Work extends AutoCloseable {
    /** One repetition. */
    void run();

    /** Gives memory back. */
    @Override
    default void close() {
        // Processes of benchmarks end after their measurement.
    }

    /** The library that a case asks for does not have this operation. */
    static IllegalArgumentException unknown(String library, String what) {
        return new IllegalArgumentException(library + " has no case " + what + ".");
    }
}
