package lathe.models.generation;

import static java.util.Objects.requireNonNull;

/**
 * The distribution that {@link Sampling} leaves of logits, for those who want to look at it; generation draws from it.
 */
public final class TokenProbabilities {
    private TokenProbabilities() {}

    /**
     * Probabilities of all tokens.
     *
     * @param logits   one a token; -1e38 and below stands for tokens that must not come
     * @param history  tokens so far, for the repetition penalty
     * @param sampling how tokens are chosen
     * @return one a token, 0 for those that cannot be drawn; at temperature 0 the distribution at temperature 1
     */
    public static double[] of(float[] logits, int[] history, Sampling sampling) {
        requireNonNull(logits, "logits is null");
        requireNonNull(history, "history is null");
        requireNonNull(sampling, "sampling is null");
        return Distribution.of(logits, history, sampling);
    }
}
