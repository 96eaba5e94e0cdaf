package lathe.streamingllm;

import java.util.Optional;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Parameters of the cache policy.
 *
 * @param sinks            first tokens that stay
 * @param recent           last tokens that stay
 * @param evict            before: room is made before a step, which reads at most sinks + recent keys; after: a step reads
 *                         one key more, and the oldest token behind the sinks leaves then
 * @param compressionRatio instead of {@code recent}: fraction of the prompt that is dropped behind the sinks; original
 *                         positions stay and new tokens drop nothing
 */
public record StreamingCacheConfig(
        @Default("4") @Range("[0, inf)") int sinks,
        @Default("512") @Range("[1, inf)") int recent,
        @Default("before") Moment evict,
        @Range("[0, 1)") Optional<Double> compressionRatio) {
    /** When tokens leave. */
    public enum Moment {
        /** Before a step. */
        BEFORE,
        /** After a step. */
        AFTER
    }
}
