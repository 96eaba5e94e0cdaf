package lathe.knorm;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings eviction by the norms of keys. */
public final class KnormPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.evictor("knorm", KnormConfig.class, Knorm::new)
                .cites("arXiv:2406.11430", "A Simple and Effective L2 Norm-Based Strategy for KV Cache Compression")
                .summary("Keeps the tokens whose keys have the smallest norm."));
    }
}
