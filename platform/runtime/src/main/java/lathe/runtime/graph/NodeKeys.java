package lathe.runtime.graph;

import java.util.List;
import java.util.Optional;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;

import lathe.spi.Default;
import lathe.spi.Range;

/** The keys that nodes have beside those of their methods, by verb. */
final class NodeKeys {
    private NodeKeys() {}

    /** Keys of verbs that have no other. */
    record None() {}

    /** Keys of data. */
    record Data(@Default("100") @Range("[1, inf)") int count) {}

    /** Types of exported numbers. */
    enum NumberType {
        F32, BF16, F16
    }

    /** Keys of export. */
    record Export(@Default("dense") String layout, Optional<NumberType> type, Optional<String> to) {}

    /** Keys of prune, quantize, factorize and convert. */
    record Compress(Optional<ConfigValue> of, Optional<ConfigObject> calibration, @Default("[]") List<String> targets,
            @Default("[]") List<String> ignore) {}

    /** Keys of a calibration object. */
    record Calibration(String data, @Default("32") @Range("[1, inf)") int sequences,
            @Default("256") @Range("[1, inf)") int length, @Default("0") @Range("[0, inf)") int skip,
            Optional<String> memory) {}

    /** The types that caches keep. */
    enum CacheType {
        F32, BF16, F16
    }

    /** Keys of serve. */
    record Serve(Optional<ConfigObject> attention, Optional<ConfigObject> cache, Optional<ConfigObject> router,
            @Default("f32") CacheType cacheType) {}

    /** Keys of evaluate. */
    record Evaluate(String on, Optional<ConfigValue> metrics) {}

    /** Keys of benchmark. */
    record Benchmark(Optional<String> on, @Default("512") @Range("[1, inf)") int prompt,
            @Default("64") @Range("[1, inf)") int generate, @Default("3") @Range("[1, 1000]") int repeats) {}
}
