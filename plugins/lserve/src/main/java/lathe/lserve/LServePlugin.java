package lathe.lserve;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings LServe: which keys are read, and the cache that goes with it. */
public final class LServePlugin implements Plugin {
    private static final String TITLE = "LServe: Efficient Long-sequence LLM Serving with Unified Sparse Attention";

    @Override
    public List<Method<?>> methods() {
        return List.of(
                Method.attention("lserve", LServeConfig.class, LServePattern::new)
                        .numericsRevision(2)
                        .cites("arXiv:2502.14866", TITLE)
                        .summary(
                                "Some heads read first and last tokens, the others a constant number of pages in each step.")
                        .stage("label-heads", LServeStages::labelHeads)
                        .stage("plan-prefill", LServeStages::streamingHeads),
                Method.kvPolicy("lserve", LServeCacheConfig.class, LServeCache::new)
                        .numericsRevision(2)
                        .cites("arXiv:2502.14866", TITLE)
                        .summary(
                                "Keeps first and last tokens of streaming heads, and all of the others, in few bits if asked."));
    }
}
