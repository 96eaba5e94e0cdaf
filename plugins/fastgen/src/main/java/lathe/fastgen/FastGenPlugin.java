package lathe.fastgen;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings FastGen. */
public final class FastGenPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.kvPolicy("fastgen", FastGenConfig.class, FastGen::new)
                .cites("arXiv:2310.01801", "Model Tells You What to Discard: Adaptive KV Cache Compression for LLMs")
                .numericsRevision(2)
                .summary(
                        "Profiles every head on the prompt and keeps special, punctuation, frequent or recent tokens, or all.")
                .stage("profile-heads", FastGenStages::profileHeads));
    }
}
