package lathe.knorm;

import lathe.spi.kv.EvictionScene;
import lathe.spi.kv.Evictor;
import lathe.spi.tensor.Tensor;

/**
 * Eviction by key norms (arXiv 2406.11430; as in NVIDIA/kvpress, knorm_press.py): score(j) = -||k_j||. Rotation does not
 * change a norm, so that rotated keys serve.
 */
final class Knorm implements Evictor {
    /**
     * Makes the method.
     *
     * @param config nothing to configure
     */
    Knorm(KnormConfig config) {
        // The formula has no parameters.
    }

    @Override
    public Tensor score(EvictionScene scene) {
        Tensor score = scene.keys().norm().multiply(-1);
        scene.note("scores", score);
        return score;
    }
}
