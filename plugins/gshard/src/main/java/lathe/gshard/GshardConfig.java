package lathe.gshard;

import java.util.Optional;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Parameters of GShard's top-2 routing.
 *
 * @param secondPolicy         how the second expert is found: second (the next best), sampling (the best after adding
 *                             Gumbel noise to the logits), random (the next best, kept with a probability of twice its
 *                             weight); if not given sampling in training and second otherwise
 * @param normalise            whether the two weights are divided by their sum before or after dropping
 * @param batchPrioritised     true lets tokens with the larger best probability choose first, false the earlier tokens
 * @param capacityFactor       tokens an expert takes, as a multiple of the mean 2 * tokens / experts, rounded up; if not
 *                             given twice the rounded-up tokens / experts
 * @param evalCapacityFraction outside of training, tokens an expert takes as a share of all tokens; 0 uses the factor
 * @param minCapacity          tokens an expert takes at least, with the factor
 * @param drop                 who loses a place when an expert is full: later choices (position) or nobody (none)
 * @param aux                  coefficient of the balance loss in training
 * @param z                    coefficient of the z-loss in training
 */
public record GshardConfig(
        Optional<SecondPolicy> secondPolicy,
        @Default("after") Normalise normalise,
        @Default("false") boolean batchPrioritised,
        @Range("(0, inf)") Optional<Double> capacityFactor,
        @Default("0") @Range("[0, 1]") double evalCapacityFraction,
        @Default("4") @Range("[0, inf)") int minCapacity,
        @Default("position") Drop drop,
        @Default("0.01") @Range("[0, inf)") double aux,
        @Default("0") @Range("[0, inf)") double z) {
    /** How the second expert is found. */
    public enum SecondPolicy {
        /** The next best. */
        SECOND,
        /** The best after adding Gumbel noise, the first left out. */
        SAMPLING,
        /** The next best, kept with a probability of twice its weight. */
        RANDOM
    }

    /** When the weights are divided by their sum. */
    public enum Normalise {
        /** Before dropping: what is dropped is lost. */
        BEFORE,
        /** After dropping: what is kept has weight 1 together. */
        AFTER
    }

    /** Who loses a place when an expert is full. */
    public enum Drop {
        /** Later choices. */
        POSITION,
        /** Nobody: there is no limit. */
        NONE
    }
}
