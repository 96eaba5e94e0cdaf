package lathe.models.architecture;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Attention of one block.
 *
 * @param heads      query heads
 * @param kvHeads    key/value heads; divides the query heads (arXiv:2305.13245)
 * @param keyWidth   width of a query and a key in one head
 * @param valueWidth width of a value in one head
 * @param scale      what q . k is multiplied with before the softmax
 * @param window     sliding window: a query sees itself and the window - 1 keys before it; empty for all keys
 * @param softcap    c in c tanh(score / c), applied to the scaled score before the mask
 * @param clip       q, k and v are limited to [-clip, clip] after their norm and before rotation
 * @param qkNorm     norm of queries and keys before rotation
 * @param rotary     rotary positions; empty where positions are learned
 * @param latent     multi-head latent attention (arXiv:2405.04434); empty for plain projections
 */
public record Attention(int heads, int kvHeads, int keyWidth, int valueWidth, double scale, OptionalInt window,
        OptionalDouble softcap, OptionalDouble clip, QkNorm qkNorm, Optional<Rope> rotary, Optional<Latent> latent) {
    /** How queries and keys are normalised. */
    public enum QkNorm {
        /** Not at all. */
        NONE,
        /** Each head by itself with one gain for all heads. */
        PER_HEAD,
        /** The whole projection before it is cut into heads. */
        WHOLE
    }

    /**
     * Sizes of latent attention. A query and a key are a plain part, then a rotary part; the rotary part of the key is
     * one for all heads and is not normalised.
     *
     * @param queryRank   width of compressed queries; empty where queries are projected directly
     * @param kvRank      width of compressed keys and values
     * @param plainWidth  width of the part of a head that is not rotated
     * @param rotaryWidth width of the part that is rotated
     * @param epsilon     of the norms of the compressed forms
     */
    public record Latent(OptionalInt queryRank, int kvRank, int plainWidth, int rotaryWidth, double epsilon) {}
}
