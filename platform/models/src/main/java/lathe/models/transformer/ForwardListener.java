package lathe.models.transformer;

import lathe.spi.Notes;
import lathe.spi.kv.Observation;
import lathe.spi.kv.Observed;
import lathe.spi.router.Routing;
import lathe.spi.tensor.Tensor;

/**
 * Looks at a forward pass while it runs. Calls come from the thread of the pass, in the order of the computation; tensors
 * are dead after the call and must not be written to.
 */
public interface ForwardListener {
    /** Sees nothing. */
    ForwardListener NONE = new ForwardListener() {
    };

    /** Hears no notes. */
    Notes SILENCE = new Notes() {
    };

    /**
     * Who hears what attention patterns, cache policies and routers note at a block.
     *
     * @param block which
     * @return nobody, by default
     */
    default Notes notes(int block) {
        return SILENCE;
    }

    /**
     * Whether {@link #input} is to be called; reading inputs costs time on a device.
     *
     * @return false by default
     */
    default boolean wantsInputs() {
        return false;
    }

    /**
     * Sees the input of one or several linears that share it.
     *
     * @param input the linears and what they are applied to
     */
    default void input(LinearInput input) {
        // Nothing to see by default.
    }

    /**
     * Sees the choice of experts of a block.
     *
     * @param block   which
     * @param logits  [tokens, experts] router outputs
     * @param routing experts and weights
     */
    default void routed(int block, Tensor logits, Routing routing) {
        // Nothing to see by default.
    }

    /**
     * What is to be recorded of a block's attention.
     *
     * @param block which
     * @return nothing, by default
     */
    default Observation observes(int block) {
        return Observation.NONE;
    }

    /**
     * Sees what was recorded of the attention of one sequence.
     *
     * @param block    which
     * @param sequence which sequence of the pass
     * @param observed what was asked for; perhaps more if the cache asked for more
     */
    default void attended(int block, int sequence, Observed observed) {
        // Nothing to see by default.
    }
}
