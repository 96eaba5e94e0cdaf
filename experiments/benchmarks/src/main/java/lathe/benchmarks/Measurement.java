package lathe.benchmarks;

/**
 * What a case took.
 *
 * @param done   the case
 * @param micros microseconds of a repetition
 * @param error  half of the 99.9 % confidence interval in microseconds, NaN where there were too few repetitions
 */
record Measurement(BenchmarkCase done, double micros, double error) {
    /** Billions of bytes or operations a second. */
    double rate() {
        return done.amount() / micros / 1e3;
    }
}
