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
    public void prepare(int incoming) {
        if (config.evict() == StreamingCacheConfig.Moment.BEFORE) {
            ring.dropOldest(ring.size() + incoming - limit);
        }
    }

    @Override
    public KvView view() {
        return ring.view();
    }

    @Override
    public void append(KvBlock block, Observed observed) {
        ring.append(block, limit);
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
