package lathe.minference;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings MInference. */
public final class MInferencePlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.attention("minference", MInferenceConfig.class, MInferencePattern::new)
                .cites("arXiv:2407.02490",
                        "MInference 1.0: Accelerating Pre-filling for Long-Context LLMs via Dynamic Sparse Attention")
                .summary("Prefill over estimated vertical and slash lines, pooled blocks, or an A-shape, by head.")
                .stage("search-pattern", HeadSearch::stage));
    }
}
