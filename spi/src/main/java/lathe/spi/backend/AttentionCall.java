package lathe.spi.backend;

import static java.util.Objects.requireNonNull;

import lathe.spi.attention.AttentionPlan;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observation;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Tensor;

/**
 * The attention of one layer over stored and new keys.
 *
 * @param layer          heads, widths, scale, window
 * @param queries        [h, n, headDim], rotated; any strides with contiguous heads
 * @param queryPositions [n], ascending
 * @param stored         keys and values of earlier passes, ready to use: keys of slot-position stores come rotated
 * @param newKeys        [kvHeads, n, headDim], rotated
 * @param newValues      [kvHeads, n, valueDim]
 * @param plan           which keys are read; the layer's sliding window is applied on top
 * @param causal         whether later keys are hidden; compares positions
 * @param softcap        cap of the logits: cap * tanh(logit / cap); 0 for none
 * @param observation    what is to be recorded
 * @param output         [h, n, valueDim], overwritten; any strides with contiguous heads
 */
public record AttentionCall(
        LayerInfo layer,
        Tensor queries,
        int[] queryPositions,
        KvView stored,
        Tensor newKeys,
        Tensor newValues,
        AttentionPlan plan,
        boolean causal,
        double softcap,
        Observation observation,
        Tensor output) {
    /** Checks that the parts are there. */
    public AttentionCall {
        requireNonNull(layer, "layer is null");
        requireNonNull(queries, "queries is null");
        requireNonNull(queryPositions, "queryPositions is null");
        requireNonNull(stored, "stored is null");
        requireNonNull(newKeys, "newKeys is null");
        requireNonNull(newValues, "newValues is null");
        requireNonNull(plan, "plan is null");
        requireNonNull(observation, "observation is null");
        requireNonNull(output, "output is null");
    }

    /**
     * The same call for another eye.
     *
     * @param wanted what is to be recorded
     * @return a call over the same tensors
     */
    public AttentionCall observing(Observation wanted) {
        return new AttentionCall(layer, queries, queryPositions, stored, newKeys, newValues, plan, causal, softcap,
                wanted, output);
    }

    /**
     * Checks that shapes and plan agree with each other: a kernel that is given wrong ones reads memory that is not its own.
     * Backends call it first.
     *
     * @throws IllegalArgumentException naming the part, what it is and what it should be
     */
    public void check() {
        AttentionShapes.check(this);
    }

    /**
     * Checks that a state is of this call's queries and that the call can go on from one.
     *
     * @param state where the call begins
     * @throws IllegalArgumentException naming what does not fit
     */
    public void check(AttentionState state) {
        AttentionShapes.check(this, requireNonNull(state, "state is null"));
    }
}
