package lathe.observedattention;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings eviction by mean attention. */
public final class ObservedAttentionPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.evictor("observed-attention", ObservedAttentionConfig.class, ObservedAttention::new)
                .cites("arXiv:2306.14048", "H2O: Heavy-Hitter Oracle for Efficient Generative Inference of LLMs")
                .summary("Keeps the tokens with the largest mean attention over the queries that see them."));
    }
}
