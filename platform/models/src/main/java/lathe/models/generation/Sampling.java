package lathe.models.generation;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

import lathe.spi.LatheException;

/**
 * How the next token is chosen of the logits. Applied in this order: repetition penalty, temperature, top-k, top-p, min-p;
 * each works on what the one before it left.
 *
 * @param temperature       logits are divided by it; 0 takes the best token always
 * @param topK              only tokens that are as likely as the k-th, if given
 * @param topP              only the most likely tokens that together have this probability, the one that crosses it
 *                          included, if given
 * @param minP              only tokens with at least this fraction of the best one's probability, if given
 * @param repetitionPenalty logits of tokens that were there before are divided by it if positive, else multiplied; 1 for
 *                          none
 * @param seed              of the draws
 */
public record Sampling(double temperature, Optional<Integer> topK, Optional<Double> topP, Optional<Double> minP,
        double repetitionPenalty, long seed) {
    /** Always the best token. */
    public static final Sampling GREEDY = new Sampling(0, Optional.empty(), Optional.empty(), Optional.empty(), 1, 0);

    /** Checks the ranges. */
    public Sampling {
        requireNonNull(topK, "topK is null");
        requireNonNull(topP, "topP is null");
        requireNonNull(minP, "minP is null");
        require(temperature >= 0 && Double.isFinite(temperature), "temperature", temperature, "0 or more");
        require(repetitionPenalty > 0 && Double.isFinite(repetitionPenalty), "repetition penalty", repetitionPenalty,
                "above 0");
        topK.ifPresent(k -> require(k >= 0, "top-k", k, "0 (not applied) or more"));
        topP.ifPresent(p -> require(p >= 0 && p <= 1, "top-p", p, "between 0 and 1"));
        minP.ifPresent(p -> require(p >= 0 && p <= 1, "min-p", p, "between 0 and 1"));
    }

    /**
     * Draws from the whole distribution.
     *
     * @param temperature above 0
     * @param seed        of the draws
     * @return the settings
     */
    public static Sampling of(double temperature, long seed) {
        return new Sampling(temperature, Optional.empty(), Optional.empty(), Optional.empty(), 1, seed);
    }

    /**
     * With top-k.
     *
     * @param k tokens, 0 for all
     * @return a copy
     */
    public Sampling withTopK(int k) {
        return new Sampling(temperature, Optional.of(k), topP, minP, repetitionPenalty, seed);
    }

    /**
     * With top-p.
     *
     * @param p probability
     * @return a copy
     */
    public Sampling withTopP(double p) {
        return new Sampling(temperature, topK, Optional.of(p), minP, repetitionPenalty, seed);
    }

    /**
     * With min-p.
     *
     * @param p fraction of the best token's probability
     * @return a copy
     */
    public Sampling withMinP(double p) {
        return new Sampling(temperature, topK, topP, Optional.of(p), repetitionPenalty, seed);
    }

    /**
     * With a repetition penalty.
     *
     * @param penalty above 0, 1 for none
     * @return a copy
     */
    public Sampling withRepetitionPenalty(double penalty) {
        return new Sampling(temperature, topK, topP, minP, penalty, seed);
    }

    /**
     * Whether nothing is drawn.
     *
     * @return true at temperature 0
     */
    public boolean isGreedy() {
        return temperature == 0;
    }

    private static void require(boolean holds, String what, double value, String right) {
        if (!holds) {
            throw new LatheException("The " + what + " is " + value + "; it must be " + right + ".");
        }
    }
}
