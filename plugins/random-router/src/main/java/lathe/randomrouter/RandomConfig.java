package lathe.randomrouter;

import lathe.spi.Default;

/**
 * Parameters of random routing.
 *
 * @param weights what the weights of the drawn experts are: equal (they sum to 1), or probability (the softmax over the
 *                drawn experts' logits)
 */
public record RandomConfig(@Default("equal") Weights weights) {
    /** What the weights of the drawn experts are. */
    public enum Weights {
        /** One k-th each. */
        EQUAL,
        /** The softmax over the drawn experts' logits. */
        PROBABILITY
    }
}
