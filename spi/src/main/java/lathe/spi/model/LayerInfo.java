package lathe.spi.model;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * The attention of one block.
 *
 * @param block         block from 0
 * @param blocks        blocks of the model
 * @param heads         query heads
 * @param kvHeads       key/value heads; query head x reads kv head x / (heads / kvHeads)
 * @param headDim       width of a query and key head
 * @param valueDim      width of a value head
 * @param scale         factor of the logits, usually 1/sqrt(headDim)
 * @param slidingWindow keys that a query sees, itself included, if the layer has a window
 * @param rotary        how positions enter, empty if not by rotation
 */
public record LayerInfo(
        int block,
        int blocks,
        int heads,
        int kvHeads,
        int headDim,
        int valueDim,
        double scale,
        Optional<Integer> slidingWindow,
        Optional<Rotary> rotary) {
    /** Checks that heads divide. */
    public LayerInfo {
        requireNonNull(slidingWindow, "slidingWindow is null");
        requireNonNull(rotary, "rotary is null");
        if (kvHeads < 1 || heads % kvHeads != 0) {
            throw new IllegalArgumentException(
                    heads + " query heads cannot share " + kvHeads + " key/value heads evenly.");
        }
    }

    /**
     * Query heads that share a key/value head.
     *
     * @return heads / kvHeads
     */
    public int groupSize() {
        return heads / kvHeads;
    }
}
