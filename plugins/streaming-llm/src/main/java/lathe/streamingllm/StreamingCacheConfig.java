package lathe.streamingllm;

import java.util.Optional;

import lathe.spi.Default;
import lathe.spi.Range;
import lathe.spi.kv.Budget;

/**
 * Parameters of the cache policy.
 *
 * @param sinks            first tokens that stay
 * @param recent           last tokens that stay
 * @param evict            before: room is made before a step, which reads at most sinks + recent keys; after: a step reads
 *                         one key more, and the oldest token behind the sinks leaves then
 * @param compressionRatio instead of {@code recent}: fraction of the prompt that is dropped behind the sinks; original
 *                         positions stay
 * @param budget           instead of {@code recent}: tokens kept, sinks included, at original positions
 * @param whileDecoding    with a ratio or budget, whether new tokens push old ones out; without it, only if a budget is
 *                         given
 * @param rerotate         with a ratio or budget, whether kept keys are rotated to positions without gaps
 */
public record StreamingCacheConfig(
        @Default("4") @Range("[0, inf)") int sinks,
        @Default("512") @Range("[1, inf)") int recent,
        @Default("before") Moment evict,
        @Range("[0, 1)") Optional<Double> compressionRatio,
        @Range("[1, inf)") Optional<Integer> budget,
        Optional<Boolean> whileDecoding,
        @Default("false") boolean rerotate) {
    /** Checks that keys of one form do not stand beside the other. */
    public StreamingCacheConfig {
        boolean common = compressionRatio.isPresent() || budget.isPresent();
        if (!common && (whileDecoding.isPresent() || rerotate)) {
            throw new IllegalArgumentException("whileDecoding and rerotate belong to compressionRatio or budget: sinks "
                    + "and recent always hold their size, at positions within the cache.");
        }
    }

    /** The common budget, if it decides instead of recent. */
    Optional<Budget> common() {
        return compressionRatio.isPresent() || budget.isPresent()
                ? Optional.of(new Budget(compressionRatio.orElse(0.0), budget, whileDecoding, rerotate))
                : Optional.empty();
    }

    /** When tokens leave. */
    public enum Moment {
        /** Before a step. */
        BEFORE,
        /** After a step. */
        AFTER
    }
}
