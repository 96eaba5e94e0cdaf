package lathe.benchmarks;

/**
 * What a case took.
 *
 * @param done   the case
 * @param micros microseconds of a repetition, the fastest tenth
 * @param median microseconds of a repetition, the median
 */
record Measurement(BenchmarkCase done, double micros, double median) {
    /** Billions of bytes or operations a second. */
    double rate() {
        return done.amount() / micros / 1e3;
    }

    /** As {@link #rate}, of the median. */
    double medianRate() {
        return done.amount() / median / 1e3;
    }
}
