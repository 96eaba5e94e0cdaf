package lathe.models.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

import lathe.spi.graph.Measurement;

/** Times of a model and of the reference, taken in turn. */
final class Turns {
    /** The compiler has the loops of a first token done after seconds, those of a long prompt later. */
    private static final long LEAST_NANOS = 10_000_000_000L;
    private static final long MOST_NANOS = 60_000_000_000L;
    /** What is faster by less than this is no faster. */
    private static final double FASTER = 0.97;

    private final LongSupplier clock;
    private final List<Double> ratios = new ArrayList<>();
    private long own;
    private long others;
    private boolean subjectFirst;

    /** @param clock nanoseconds */
    Turns(LongSupplier clock) {
        this.clock = clock;
    }

    /** One of a run's turns of each; who was second in the last one is first in this one. Both tell their nanoseconds. */
    void take(LongSupplier subject, LongSupplier reference) {
        subjectFirst = !subjectFirst;
        if (subjectFirst) {
            own += subject.getAsLong();
            others += reference.getAsLong();
        } else {
            others += reference.getAsLong();
            own += subject.getAsLong();
        }
    }

    /** A run that counts, of one turn of each or several: one ratio. */
    void count(Runnable run) {
        own = 0;
        others = 0;
        run.run();
        ratios.add((double) others / own);
    }

    /**
     * Makes runs that do not count until they no longer become faster: until the fastest of the later half of them is as slow
     * as the fastest of the earlier half. It takes ten seconds at least, and no run begins after a minute.
     */
    void warmUp(Runnable run) {
        List<Long> times = new ArrayList<>();
        long start = clock.getAsLong();
        long passed;
        do {
            count(run);
            times.add(own + others);
            passed = clock.getAsLong() - start;
        } while (passed < LEAST_NANOS || passed < MOST_NANOS && stillFalls(times));
        ratios.clear();
    }

    /** Whether the later half has a time that is less than all of the earlier half; of a single one nobody knows. */
    private static boolean stillFalls(List<Long> times) {
        int half = times.size() / 2;
        return half == 0 || fastest(times.subList(half, times.size())) < FASTER * fastest(times.subList(0, half));
    }

    private static long fastest(List<Long> times) {
        return times.stream().mapToLong(Long::longValue).min().orElseThrow();
    }

    /** The median of the runs' ratios: the reference's time over the model's. */
    Measurement measurement(String metric, String protocol) {
        Optional<double[]> interval = Intervals.ofMedian(ratios);
        return new Measurement(metric, protocol, Intervals.median(ratios), "x", interval.map(ends -> ends[0]),
                interval.map(ends -> ends[1]));
    }
}
