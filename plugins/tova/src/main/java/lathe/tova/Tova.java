package lathe.tova;

import lathe.spi.attention.Phase;
import lathe.spi.kv.Budget;
import lathe.spi.kv.EvictionScene;
import lathe.spi.kv.Evictor;
import lathe.spi.kv.Observation;
import lathe.spi.tensor.Tensor;

/**
 * TOVA (arXiv 2401.06104; authors' code: schwartz-lab-NLP/TOVA, tova_cache.py; ratio form: NVIDIA/kvpress,
 * tova_press.py). The score of a token is the newest query's attention to it, averaged over all query heads of the layer.
 * Nothing is protected and nothing remembered; only the ratio form keeps the newest token.
 */
final class Tova implements Evictor {
    private final TovaConfig config;

    Tova(TovaConfig config) {
        this.config = config;
    }

    @Override
    public Observation observes(Phase phase) {
        return new Observation(1, false);
    }

    @Override
    public int capacity(EvictionScene scene) {
        return config.cacheSize().orElseGet(() -> scene.budget().of(scene.promptTokens()));
    }

    @Override
    public boolean evicts(Phase phase, Budget budget) {
        return config.cacheSize().isPresent() || Evictor.super.evicts(phase, budget);
    }

    @Override
    public Tensor score(EvictionScene scene) {
        Tensor looked = scene.lastRows().orElseThrow().mean(1).mean(0);
        int kvHeads = scene.layer().kvHeads();
        if (config.cacheSize().isEmpty()) {
            looked.set(1 + looked.slice(0, 0, looked.size(0) - 1).maxAbs(), looked.size(0) - 1);
        } else if (scene.phase() == Phase.PREFILL) {
            scene.note("scores", looked);
        }
        Tensor score = scene.scope().zeros(kvHeads, looked.size(0)).add(looked);
        if (config.cacheSize().isEmpty()) {
            scene.note("scores", score);
        }
        return score;
    }
}
