package lathe.adakv;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings AdaKV. */
public final class AdaKvPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.evictor("adakv", AdaKvConfig.class, AdaKv::new)
                .cites("arXiv:2407.11550",
                        "Ada-KV: Optimizing KV Cache Eviction by Adaptive Budget Allocation for Efficient LLM Inference")
                .summary("Shares a layer's budget among its heads by the scores of another method.")
                .example(
                        "served { serve = dense, cache { use = adakv, base { use = snapkv, window = 16 }, compression_ratio = 0.5 } }"));
    }
}
