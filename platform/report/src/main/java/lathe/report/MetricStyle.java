package lathe.report;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * How a metric is shown: its heading, whether more or less of it is better, and where among the columns it stands.
 * Metrics of plugins that are not listed here are judged by their unit.
 *
 * @param label    heading of its column
 * @param goal     which values are the good ones
 * @param category what it is about
 * @param scale    how its numbers are written
 * @param order    place among the columns, lowest first
 */
record MetricStyle(String label, Goal goal, Category category, Scale scale, int order) {

    /** Which values are the good ones. */
    enum Goal {
        /** Less is better. */
        LOWER,
        /** More is better. */
        HIGHER,
        /** Neither is. */
        NONE
    }

    /** What a metric is about. */
    enum Category {
        /** How well the model predicts. */
        QUALITY,
        /** What it occupies. */
        SIZE,
        /** How fast it runs. */
        SPEED,
        /** Anything else. */
        OTHER
    }

    /** How numbers are written. */
    enum Scale {
        /** Four significant digits. */
        PLAIN,
        /** KiB, MiB, GiB. */
        BYTES
    }

    private record Known(Set<String> names, String label, Goal goal, Category category, Scale scale) {
        static Known quality(String label, Goal goal, String... names) {
            return new Known(Set.of(names), label, goal, Category.QUALITY, Scale.PLAIN);
        }

        static Known size(String label, Goal goal, Scale scale, String... names) {
            return new Known(Set.of(names), label, goal, Category.SIZE, scale);
        }

        static Known speed(String label, Goal goal, String... names) {
            return new Known(Set.of(names), label, goal, Category.SPEED, Scale.PLAIN);
        }
    }

    /** Metrics of the platform in the order of their columns. */
    private static final List<Known> KNOWN = List.of(
            Known.quality("perplexity", Goal.LOWER, "perplexity", "ppl"),
            Known.quality("word perplexity", Goal.LOWER, "word-perplexity"),
            Known.quality("loss", Goal.LOWER, "loss", "nll", "cross-entropy"),
            Known.quality("KL", Goal.LOWER, "kl", "kl-divergence"),
            Known.quality("top-1 agreement", Goal.HIGHER, "top1-agreement", "top-1-agreement"),
            Known.quality("accuracy", Goal.HIGHER, "accuracy", "acc", "task-accuracy"),
            Known.quality("layer error", Goal.LOWER, "layer-error", "layer-output-error"),
            Known.size("bytes", Goal.LOWER, Scale.BYTES, "bytes", "stored-bytes", "weight-bytes", "model-bytes"),
            Known.size("bits/weight", Goal.LOWER, Scale.PLAIN, "bits-per-weight", "bits-weight", "bpw"),
            Known.size("bits/element", Goal.LOWER, Scale.PLAIN, "bits-per-element"),
            Known.size("sparsity", Goal.NONE, Scale.PLAIN, "sparsity"),
            Known.size("compression", Goal.HIGHER, Scale.PLAIN, "compression-ratio", "compression"),
            Known.size("cache bytes", Goal.LOWER, Scale.BYTES, "cache-bytes", "kv-bytes", "kv-cache-bytes"),
            Known.size("peak memory", Goal.LOWER, Scale.BYTES, "peak-memory", "peak-bytes"),
            Known.speed("tokens/s", Goal.HIGHER, "decode", "tokens-per-second", "tokens-s", "decode-tokens-per-second",
                    "decode-tokens-s", "decode-speed", "throughput"),
            Known.speed("prefill", Goal.HIGHER, "prefill", "prefill-tokens-per-second", "prefill-tokens-s",
                    "prefill-speed"),
            Known.speed("decode speed-up", Goal.HIGHER, "decode-speedup"),
            Known.speed("prefill speed-up", Goal.HIGHER, "prefill-speedup"),
            Known.speed("first token", Goal.LOWER, "time-to-first-token", "ttft"),
            Known.speed("latency", Goal.LOWER, "latency", "decode-latency"));

    /**
     * @param metric a metric's name
     * @param unit   its unit
     * @return how it is shown
     */
    static MetricStyle of(String metric, String unit) {
        String name = normal(metric);
        for (int i = 0; i < KNOWN.size(); i++) {
            Known known = KNOWN.get(i);
            if (known.names().contains(name)) {
                return new MetricStyle(known.label(), known.goal(), known.category(), known.scale(), i);
            }
        }
        return ofUnit(metric, unit);
    }

    private static MetricStyle ofUnit(String metric, String unit) {
        int last = KNOWN.size();
        return switch (normal(unit)) {
            case "bytes", "byte" -> new MetricStyle(metric, Goal.LOWER, Category.SIZE, Scale.BYTES, last);
            case "tokens-s", "token-s", "requests-s" ->
                new MetricStyle(metric, Goal.HIGHER, Category.SPEED, Scale.PLAIN, last);
            case "s", "seconds", "ms", "us" -> new MetricStyle(metric, Goal.LOWER, Category.SPEED, Scale.PLAIN, last);
            default -> new MetricStyle(metric, Goal.NONE, Category.OTHER, Scale.PLAIN, last);
        };
    }

    /**
     * @param a a metric's name
     * @param b another
     * @return whether both name the same metric, whatever the spelling ({@code bits/weight}, {@code bits-per-weight})
     */
    static boolean same(String a, String b) {
        String first = normal(a);
        String second = normal(b);
        return first.equals(second) || KNOWN.stream()
                .anyMatch(known -> known.names().contains(first) && known.names().contains(second));
    }

    /**
     * @return whether {@code candidate} is better than {@code other}; false when neither can be
     */
    boolean better(double candidate, double other) {
        return switch (goal) {
            case LOWER -> candidate < other;
            case HIGHER -> candidate > other;
            case NONE -> false;
        };
    }

    private static String normal(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    }
}
