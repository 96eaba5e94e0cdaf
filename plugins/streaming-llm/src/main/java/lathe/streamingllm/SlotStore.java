package lathe.streamingllm;

import lathe.spi.kv.KeyForm;
import lathe.spi.kv.KvBlock;
import lathe.spi.kv.KvStore;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observed;

/** At most sinks + recent tokens, rotated by their slots. */
final class SlotStore implements KvStore {
    private final TokenRing ring;
    private final StreamingCacheConfig config;
    private final int limit;
    private boolean promptEnded;

    SlotStore(TokenRing ring, StreamingCacheConfig config) {
        this.ring = ring;
        this.config = config;
        this.limit = config.sinks() + config.recent();
    }

    @Override
    public KeyForm keyForm() {
        return KeyForm.SLOT_POSITIONS;
    }

    @Override
    public void prepare(int[] incoming) {
        if (promptEnded && config.evict() == StreamingCacheConfig.Moment.BEFORE) {
            ring.dropOldest(ring.size() + incoming.length - limit);
        }
    }

    @Override
    public KvView view() {
        return ring.view();
    }

    @Override
    public void append(KvBlock block, Observed observed) {
        // The prompt's attention is exact: it is cut when it is complete, also where it comes in chunks.
        ring.append(block, promptEnded ? limit : Integer.MAX_VALUE);
    }

    @Override
    public void endPrompt() {
        promptEnded = true;
        ring.trim(limit);
    }

    @Override
    public long bytes() {
        return ring.bytes();
    }

    @Override
    public void close() {
        ring.close();
    }
}
