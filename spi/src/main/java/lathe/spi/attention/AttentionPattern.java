package lathe.spi.attention;

import java.util.Optional;

import lathe.spi.Refusal;
import lathe.spi.model.ModelInfo;

/**
 * Decides which keys each query reads, per layer and head. It never multiplies attention itself, unless it owns the
 * computation and returns {@link AttentionPlan.Computed}.
 */
public interface AttentionPattern {
    /**
     * Plans one layer of one forward pass, all heads at once.
     *
     * @param scene what the pattern may look at
     * @return the plan
     */
    AttentionPlan plan(AttentionScene scene);

    /**
     * The object that plans a new sequence. A pattern that remembers something between layers or steps returns a fresh
     * one; the layers of a step are planned in order, from one thread.
     *
     * @param model the model that will run
     * @return this, by default
     */
    default AttentionPattern forSequence(ModelInfo model) {
        return this;
    }

    /**
     * Memory of what the pattern keeps of a sequence's keys from step to step, such as statistics of pages: it is counted
     * as part of the sequence's cache.
     *
     * @return bytes as they are stored; 0, by default
     */
    default long bytes() {
        return 0;
    }

    /**
     * Whether the pattern can do this model, asked at planning time.
     *
     * @param model the model's description
     * @return a reason why not, empty if it can
     */
    default Optional<Refusal> refuses(ModelInfo model) {
        return Optional.empty();
    }
}
