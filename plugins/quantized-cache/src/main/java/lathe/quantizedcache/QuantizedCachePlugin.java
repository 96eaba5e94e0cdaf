package lathe.quantizedcache;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the quantised cache. */
public final class QuantizedCachePlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.kvPolicy("quantized-cache", QuantizedCacheConfig.class, QuantizedCache::new)
                .cites("arXiv:2303.06865",
                        "FlexGen: High-Throughput Generative Inference of Large Language Models with a Single GPU")
                .summary("Keeps all tokens in 8 or 4 bits, rounded token by token.")
                .example("served { serve = dense, cache { use = quantized-cache, bits = 8 } }"));
    }
}
