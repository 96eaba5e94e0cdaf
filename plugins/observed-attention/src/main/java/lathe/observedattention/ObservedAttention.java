package lathe.observedattention;

import lathe.spi.attention.Phase;
import lathe.spi.kv.EvictionScene;
import lathe.spi.kv.Evictor;
import lathe.spi.kv.Observation;
import lathe.spi.tensor.Tensor;

/**
 * Mean observed attention (NVIDIA/kvpress, observed_attention_press.py, after H2O, arXiv 2306.14048): score(j) = sum_i
 * A_ij / (number of queries that see j), averaged over the query heads of a key/value head.
 */
final class ObservedAttention implements Evictor {
    /**
     * Makes the method.
     *
     * @param config nothing to configure
     */
    ObservedAttention(ObservedAttentionConfig config) {
        // The formula has no parameters.
    }

    @Override
    public Observation observes(Phase phase) {
        return new Observation(0, true);
    }

    @Override
    public Tensor score(EvictionScene scene) {
        Tensor score = scene.accumulated().orElseThrow().divide(scene.layer().groupSize());
        for (int head = 0; head < score.size(0); head++) {
            int[] positions = scene.positions(head);
            int next = positions[positions.length - 1] + 1;
            for (int slot = 0; slot < positions.length; slot++) {
                score.set(score.get(head, slot) / (next - positions[slot]), head, slot);
            }
        }
        scene.note("scores", score);
        return score;
    }
}
