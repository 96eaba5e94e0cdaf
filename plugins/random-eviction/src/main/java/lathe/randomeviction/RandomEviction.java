package lathe.randomeviction;

import lathe.spi.kv.EvictionScene;
import lathe.spi.kv.Evictor;
import lathe.spi.tensor.Tensor;

/** Uniform choice without replacement, per key/value head, from the experiment's seed. */
final class RandomEviction implements Evictor {
    /**
     * Makes the method.
     *
     * @param config nothing to configure
     */
    RandomEviction(RandomEvictionConfig config) {
        // Chance has no parameters.
    }

    @Override
    public Tensor score(EvictionScene scene) {
        int heads = scene.layer().kvHeads();
        int tokens = scene.keys().size(1);
        float[] scores = new float[heads * tokens];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) scene.random().uniform(i);
        }
        return scene.scope().of(scores, heads, tokens);
    }
}
