package lathe.benchmarks;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * One measurement: a benchmark, who does it, and its other parameters.
 *
 * @param title      what is measured, the same for all who do it
 * @param benchmark  simple name of the JMH class, with the method where it has several
 * @param by         lathe, libtorch, jlama, openblas; empty for the machine's limits
 * @param parameters JMH parameters beside {@code by}
 * @param amount     bytes that are read or operations that are done
 * @param unit       of the amount
 * @param slow       whether a repetition takes seconds
 * @param others     what is measured in turn with it, in its process: the limit of the machine first
 */
record BenchmarkCase(
        String title,
        String benchmark,
        Optional<String> by,
        SequencedMap<String, String> parameters,
        double amount,
        Unit unit,
        boolean slow,
        List<BenchmarkCase> others) {
    /** Checks the parts. */
    BenchmarkCase {
        requireNonNull(title, "title is null");
        others = List.copyOf(others);
    }

    /** What a rate counts, and which limit of the machine bounds it. */
    enum Unit {
        /** Bytes of the stored form: bounded by the read bandwidth. */
        BYTES("GB/s"),
        /** Additions and multiplications: bounded by what registers do. */
        FLOPS("GFLOP/s");

        private final String rate;

        Unit(String rate) {
            this.rate = rate;
        }

        /** The name of a billion a second. */
        String rate() {
            return rate;
        }
    }

    /** All parameters as JMH takes them. */
    Map<String, String> jmhParameters() {
        Map<String, String> all = new TreeMap<>(parameters);
        by.ifPresent(name -> all.put("by", name));
        return all;
    }

    /** Who did it, for tables. */
    String who() {
        return by.orElse("machine");
    }

    /** Whether it is a limit of the machine, which is measured whatever was asked for. */
    boolean isLimit() {
        return by.isEmpty();
    }

    /** Whether the model must have been made before. */
    boolean runsModel() {
        return benchmark.startsWith("ModelBenchmark");
    }
}
