package lathe.lserve;

import java.util.Optional;

import lathe.spi.Refusal;
import lathe.spi.attention.AttentionPattern;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.attention.AttentionScene;
import lathe.spi.model.ModelInfo;

/**
 * LServe (arXiv 2502.14866; authors' code: mit-han-lab/omniserve, modeling/layers/decoding_attention.py and
 * attn_config.py). Streaming heads read first and last tokens; the others read a prompt densely and, in a step, the pages with
 * the largest bounds, chosen anew every few steps.
 *
 * <p>The page that is being filled is always read, in reused lists too (the released code misses it for some steps after a
 * border). Gates are trained elsewhere and given as a table. Pages are of slots: with a cache that drops tokens, the statistics
 * are made anew from what it keeps.
 */
final class LServePattern implements AttentionPattern {
    private final LServeConfig config;
    private final HeadLabels labels;
    private Optional<LServeSequence> alone = Optional.empty();

    LServePattern(LServeConfig config) {
        this.config = config;
        this.labels = config.labels();
    }

    @Override
    public AttentionPattern forSequence(ModelInfo model) {
        return new LServeSequence(config, labels);
    }

    @Override
    public AttentionPlan plan(AttentionScene scene) {
        if (alone.isEmpty()) {
            alone = Optional.of(new LServeSequence(config, labels));
        }
        return alone.get().plan(scene);
    }

    @Override
    public Optional<Refusal> refuses(ModelInfo model) {
        return labels.refuses(model);
    }
}
