package lathe.expectedattention;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings expected attention. */
public final class ExpectedAttentionPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.evictor("expected-attention", ExpectedAttentionConfig.class, ExpectedAttention::new)
                .cites("arXiv:2510.00636",
                        "Expected Attention: KV Cache Compression by Estimating Attention from Future Queries")
                .summary("Keeps the tokens that queries to come are expected to look at."));
    }
}
