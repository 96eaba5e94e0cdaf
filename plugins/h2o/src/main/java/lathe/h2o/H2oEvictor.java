package lathe.h2o;

import lathe.spi.attention.Phase;
import lathe.spi.kv.Budget;
import lathe.spi.kv.EvictionScene;
import lathe.spi.kv.Evictor;
import lathe.spi.kv.Observation;
import lathe.spi.tensor.Tensor;

/**
 * H2O (Zhang et al., arXiv 2306.14048): acc(j) is the sum of the attention that token j received from all queries so far,
 * not normalised by its age; the last tokens stay, and of the others those with the largest acc. Authors' code:
 * FMInference/H2O, utils_real_drop/modify_llama.py.
 *
 * <p>Differences: with grouped queries acc is summed over the group (the authors' code has a key head a query head); kept
 * keys keep their true positions; the budgets come from the prompt once. The masked simulation of the repository, whose
 * window is one slot longer and whose evicted tokens may return, is another algorithm: {@link MaskedSimulation}.
 */
final class H2oEvictor implements Evictor {
    private final H2oConfig config;

    H2oEvictor(H2oConfig config) {
        this.config = config;
    }

    @Override
    public Observation observes(Phase phase) {
        return new Observation(0, true);
    }

    @Override
    public boolean evicts(Phase phase, Budget budget) {
        return phase == Phase.PREFILL || budget.whileDecoding().orElse(true);
    }

    @Override
    public int capacity(EvictionScene scene) {
        H2oConfig.Sizes sizes = sizes(scene);
        return sizes.heavy() + sizes.recent();
    }

    @Override
    public Tensor score(EvictionScene scene) {
        Tensor score = scene.accumulated().orElseThrow().in(scene.scope()).copy();
        int recent = sizes(scene).recent();
        for (int head = 0; head < score.size(0); head++) {
            int tokens = scene.tokens(head);
            for (int token = Math.max(0, tokens - recent); token < tokens; token++) {
                score.set(Double.POSITIVE_INFINITY, head, token);
            }
        }
        return score;
    }

    private H2oConfig.Sizes sizes(EvictionScene scene) {
        return config.sizes(scene.budget(), scene.promptTokens());
    }
}
