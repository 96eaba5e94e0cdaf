package lathe.benchmarks;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.Optional;

/**
 * What a case took.
 *
 * @param done   the case
 * @param micros microseconds of a repetition, the fastest tenth
 * @param median microseconds of a repetition, the median
 * @param inTurn how many times as long each of {@link BenchmarkCase#others} took in turn with it
 */
record Measurement(BenchmarkCase done, double micros, double median, Map<BenchmarkCase, Ratio> inTurn) {
    /** Checks the parts. */
    Measurement {
        requireNonNull(done, "done is null");
        inTurn = Map.copyOf(inTurn);
    }

    /** Billions of bytes or operations a second. */
    double rate() {
        return done.amount() / micros / 1e3;
    }

    /** How many times as fast it was as another case in turn with it. */
    Optional<Ratio> speedOver(String title, String who) {
        return other(title, who).map(inTurn::get);
    }

    /** Its rate over that of another case in turn with it. */
    Optional<Ratio> rateOver(String title, String who) {
        return other(title, who).map(this::rateOver);
    }

    /** Its rate over the machine's limit, in turn with it. */
    Optional<Ratio> ofLimit() {
        return inTurn.keySet().stream().filter(BenchmarkCase::isLimit).findFirst().map(this::rateOver);
    }

    private Optional<BenchmarkCase> other(String title, String who) {
        return inTurn.keySet()
                .stream()
                .filter(one -> one.title().equals(title) && one.who().equals(who))
                .findFirst();
    }

    private Ratio rateOver(BenchmarkCase other) {
        return inTurn.get(other).times(done.amount() / other.amount());
    }
}
