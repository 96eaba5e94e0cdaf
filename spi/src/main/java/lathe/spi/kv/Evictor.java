package lathe.spi.kv;

import java.util.Optional;

import lathe.spi.Refusal;
import lathe.spi.attention.Phase;
import lathe.spi.model.ModelInfo;
import lathe.spi.tensor.Selection;
import lathe.spi.tensor.Tensor;

/**
 * A cache policy that is a score a token: the platform keeps the largest, after the prompt and, if the budget or the
 * evictor says so, after every new token, and frees the memory of the others. Objects are shared by all layers and
 * sequences of a graph node and keep no state of their own; what the attention was is in the scene.
 */
public interface Evictor {
    /**
     * Scores the tokens.
     *
     * @param scene the cache of one layer
     * @return [kvHeads, n], larger is kept; positive infinity is always kept; equal scores by the lower slot
     */
    Tensor score(EvictionScene scene);

    /**
     * What of the attention the score needs.
     *
     * @param phase prompt or new tokens
     * @return nothing, by default
     */
    default Observation observes(Phase phase) {
        return Observation.NONE;
    }

    /**
     * How many tokens stay.
     *
     * @param scene the cache of one layer
     * @return tokens of each key/value head; the common budget by default
     */
    default int capacity(EvictionScene scene) {
        return scene.budget().of(scene.promptTokens());
    }

    /**
     * Whether tokens go in this phase.
     *
     * @param phase  prompt or new tokens
     * @param budget the common settings
     * @return after the prompt always, later as the budget says
     */
    default boolean evicts(Phase phase, Budget budget) {
        return phase == Phase.PREFILL || budget.evictsWhileDecoding();
    }

    /**
     * Chooses the tokens that stay. Evictors with uneven heads or sets shared by all heads override it.
     *
     * @param scene the cache of one layer
     * @return for every key/value head its slots, ascending
     */
    default int[][] keep(EvictionScene scene) {
        int capacity = capacity(scene);
        int heads = scene.layer().kvHeads();
        int[][] kept = new int[heads][];
        Tensor score = score(scene);
        for (int head = 0; head < heads; head++) {
            float[] row = new float[score.size(1)];
            score.copyRow(head, row);
            float[] real = java.util.Arrays.copyOf(row, scene.tokens(head));
            kept[head] = Selection.indices(Selection.largest(real, capacity));
        }
        return kept;
    }

    /**
     * Whether the evictor can do this model, asked at planning time.
     *
     * @param model the model's description
     * @return a reason why not, empty if it can
     */
    default Optional<Refusal> refuses(ModelInfo model) {
        return Optional.empty();
    }
}
