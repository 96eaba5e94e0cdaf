package lathe.streamingllm;

import lathe.spi.attention.AttentionPattern;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.attention.AttentionScene;

/**
 * The mask form of StreamingLLM (Xiao et al., arXiv 2309.17453), also called A-shape or Lambda mask: query i reads key j
 * if j < sinks or 0 <= i - j < window. Keys keep their true positions, unlike in the authors' cache
 * ({@link StreamingCache}); nothing is evicted.
 */
final class SinkWindowPattern implements AttentionPattern {
    private final SinkWindowConfig config;

    SinkWindowPattern(SinkWindowConfig config) {
        this.config = config;
    }

    @Override
    public AttentionPlan plan(AttentionScene scene) {
        return new AttentionPlan.SinkWindow(config.sinks(), config.window());
    }
}
