package lathe.benchmarks;

import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
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
 */
record BenchmarkCase(
        String title,
        String benchmark,
        Optional<String> by,
        SequencedMap<String, String> parameters,
        double amount,
        Unit unit,
        boolean slow) {
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

    /** Whether it is measured whatever was asked for: the machine's limits, and what a whole model is held to. */
    boolean isReference(Set<BenchmarkPlan.Part> parts) {
        return by.isEmpty() || parts.equals(Set.of(BenchmarkPlan.Part.MODEL)) && benchmark.startsWith("Matrix");
    }

    /** Whether the model must have been made before. */
    boolean runsModel() {
        return benchmark.startsWith("ModelBenchmark");
    }
}
