package lathe.flexprefill;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings FlexPrefill. */
public final class FlexPrefillPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.attention("flexprefill", FlexPrefillConfig.class, FlexPrefillPattern::new)
                .cites("arXiv:2502.20766",
                        "FlexPrefill: A Context-Aware Sparse Attention Mechanism for Efficient Long-Sequence Inference")
                .summary("Prefill over as many blocks as a share of the attention needs, chosen per head and prompt."));
    }
}
