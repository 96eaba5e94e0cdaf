package lathe.models.transformer;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

import lathe.spi.attention.AttentionPattern;
import lathe.spi.backend.AttentionResult;
import lathe.spi.kv.FullStore;
import lathe.spi.kv.KvStore;

/** What one sequence carries from pass to pass: its attention pattern and the cache of every block. */
public final class SequenceState implements AutoCloseable {
    private final Optional<AttentionPattern> pattern;
    private final List<KvStore> stores;
    private long computedPairs;
    private long keysRead;

    /**
     * @param pattern who plans this sequence; empty for dense attention
     * @param stores  one a block; empty if nothing is kept
     */
    public SequenceState(Optional<AttentionPattern> pattern, List<KvStore> stores) {
        this.pattern = requireNonNull(pattern, "pattern is null");
        this.stores = List.copyOf(stores);
    }

    Optional<AttentionPattern> pattern() {
        return pattern;
    }

    Optional<KvStore> store(int block) {
        return stores.isEmpty() ? Optional.empty() : Optional.of(stores.get(block));
    }

    /** Whether a block's store asks for keys or queries before rotation. */
    boolean wantsPlain(int block) {
        return store(block).map(store -> !(store instanceof FullStore)).orElse(false);
    }

    void count(AttentionResult result) {
        computedPairs += result.computedPairs();
        keysRead += result.keysRead();
    }

    /**
     * Query-key products so far.
     *
     * @return over all blocks and heads
     */
    public long computedPairs() {
        return computedPairs;
    }

    /**
     * Keys read so far.
     *
     * @return each counted once a head and query tile
     */
    public long keysRead() {
        return keysRead;
    }

    /**
     * Memory of the cache.
     *
     * @return bytes over all blocks
     */
    public long cacheBytes() {
        return stores.stream().mapToLong(KvStore::bytes).sum() + pattern.map(AttentionPattern::bytes).orElse(0L);
    }

    /** Frees the cache. */
    @Override
    public void close() {
        stores.forEach(KvStore::close);
    }
}
