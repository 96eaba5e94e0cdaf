package lathe.streamingllm;

import lathe.spi.kv.CacheContext;
import lathe.spi.kv.KvPolicy;
import lathe.spi.kv.KvStore;
import lathe.spi.model.LayerInfo;

/**
 * The cache of StreamingLLM (Xiao et al., arXiv 2309.17453): sinks and the last tokens, the same for all heads and layers.
 * Authors' code: mit-han-lab/streaming-llm, kv_cache.py and pos_shift/modify_llama.py; both orders of eviction of their
 * scripts are here (before: chat; after: perplexity). The ratio form is that of NVIDIA/kvpress.
 */
final class StreamingCache implements KvPolicy {
    private final StreamingCacheConfig config;

    StreamingCache(StreamingCacheConfig config) {
        this.config = config;
    }

    @Override
    public KvStore open(LayerInfo layer, CacheContext context) {
        TokenRing ring = new TokenRing(layer, context, config.sinks());
        return config.common()
                .<KvStore>map(budget -> new RatioStore(ring, config.sinks(), budget, layer, context))
                .orElseGet(() -> new SlotStore(ring, config));
    }
}
