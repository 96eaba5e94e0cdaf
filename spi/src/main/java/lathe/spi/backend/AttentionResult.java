package lathe.spi.backend;

import static java.util.Objects.requireNonNull;

import lathe.spi.kv.Observed;

/**
 * What an attention call leaves beside its output.
 *
 * @param observed      what was asked to be recorded, in a scope of the call's output
 * @param computedPairs query-key products that were computed
 * @param keysRead      keys that were read, each counted once a head and query tile
 */
public record AttentionResult(Observed observed, long computedPairs, long keysRead) {
    /** Checks the parts. */
    public AttentionResult {
        requireNonNull(observed, "observed is null");
    }
}
