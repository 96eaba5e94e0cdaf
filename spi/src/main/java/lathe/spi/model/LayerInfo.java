package lathe.spi.model;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

import lathe.spi.tensor.Tensor;

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
 * @param softcap       cap of the scaled logits: cap * tanh(logit / cap); 0 for none
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
        double softcap,
        Optional<Integer> slidingWindow,
        Optional<Rotary> rotary) {
    /** Checks that heads divide and that the cap is none or one. */
    public LayerInfo {
        requireNonNull(slidingWindow, "slidingWindow is null");
        requireNonNull(rotary, "rotary is null");
        if (kvHeads < 1 || heads % kvHeads != 0) {
            throw new IllegalArgumentException(
                    heads + " query heads cannot share " + kvHeads + " key/value heads evenly.");
        }
        if (!(softcap >= 0)) {
            throw new IllegalArgumentException("A cap of logits is above 0, or 0 for none, not " + softcap + ".");
        }
    }

    /**
     * The attention of a block whose logits have no cap.
     *
     * @param block         block from 0
     * @param blocks        blocks of the model
     * @param heads         query heads
     * @param kvHeads       key/value heads
     * @param headDim       width of a query and key head
     * @param valueDim      width of a value head
     * @param scale         factor of the logits
     * @param slidingWindow keys that a query sees, if the layer has a window
     * @param rotary        how positions enter, empty if not by rotation
     */
    public LayerInfo(
            int block, int blocks, int heads, int kvHeads, int headDim, int valueDim, double scale,
            Optional<Integer> slidingWindow, Optional<Rotary> rotary) {
        this(block, blocks, heads, kvHeads, headDim, valueDim, scale, 0, slidingWindow, rotary);
    }

    /**
     * Products of queries and keys as the layer's softmax sees them, scaled and capped.
     *
     * @param products of any shape
     * @return logits, but for the mask
     */
    public Tensor logits(Tensor products) {
        return softcap == 0
                ? products.multiply(scale)
                : products.map(product -> softcap * Math.tanh(product * scale / softcap));
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
