package lathe.topkrouter;

import java.util.Optional;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Parameters of softmax top-k routing.
 *
 * @param order          mixtral: the weights of a token's experts sum to 1; raw: they are the probabilities among all
 *                       experts (OLMoE, Qwen2-MoE with norm_topk_prob = false)
 * @param capacityFactor tokens an expert takes, as a multiple of the mean k * tokens / experts; no limit if not given
 * @param minCapacity    tokens an expert takes at least
 * @param drop           who loses a place when an expert is full: later tokens (position) or those with the smaller
 *                       probability
 */
public record TopkConfig(
        @Default("mixtral") Order order,
        @Range("(0, inf)") Optional<Double> capacityFactor,
        @Default("4") @Range("[1, inf)") int minCapacity,
        @Default("position") Drop drop) {
    /** What the weights of a token's experts are. */
    public enum Order {
        /** Softmax over the chosen logits. */
        MIXTRAL,
        /** Softmax over all logits. */
        RAW
    }

    /** Who loses a place when an expert is full. */
    public enum Drop {
        /** The later tokens. */
        POSITION,
        /** Those with the smaller probability. */
        PROBABILITY
    }
}
