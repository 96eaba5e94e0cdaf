package lathe.switchrouter;

import java.util.Optional;

import lathe.spi.Default;
import lathe.spi.Range;
import lathe.spi.router.CapacityRule;

/**
 * Parameters of Switch routing.
 *
 * @param capacity             tokens an expert takes, as an absolute number (expert_capacity of Hugging Face
 *                             checkpoints); instead of the factor
 * @param capacityFactor       tokens an expert takes, as a multiple of the mean tokens / experts; if not given 1.25 in
 *                             training and 2.0 otherwise
 * @param evalCapacityFraction outside of training, tokens an expert takes as a share of all tokens; 0 uses the factor
 * @param minCapacity          tokens an expert takes at least, with the factor
 * @param rounding             how the factor becomes a number: ceiling (factor * tokens / experts rounded up),
 *                             ceiling-first (tokens / experts rounded up, then the product down), rounded
 * @param capacityScope        whether places are counted in each sequence or in the whole batch
 * @param drop                 who loses a place when an expert is full: later tokens (position), those with the smaller
 *                             random number (random), nobody (none)
 * @param jitter               in training the router's input is multiplied by numbers from 1 - jitter to 1 + jitter
 * @param aux                  coefficient of the balance loss in training
 * @param z                    coefficient of the z-loss in training
 */
public record SwitchConfig(
        @Range("[1, inf)") Optional<Integer> capacity,
        @Range("(0, inf)") Optional<Double> capacityFactor,
        @Default("0") @Range("[0, 1]") double evalCapacityFraction,
        @Default("4") @Range("[0, inf)") int minCapacity,
        @Default("ceiling") CapacityRule rounding,
        @Default("batch") CapacityScope capacityScope,
        @Default("position") Drop drop,
        @Default("0.01") @Range("[0, 1)") double jitter,
        @Default("0.01") @Range("[0, inf)") double aux,
        @Default("0") @Range("[0, inf)") double z) {
    /** Tokens that share the places of an expert. */
    public enum CapacityScope {
        /** All tokens of a pass. */
        BATCH,
        /** The tokens of one sequence. */
        SEQUENCE
    }

    /** Who loses a place when an expert is full. */
    public enum Drop {
        /** The later tokens. */
        POSITION,
        /** Those with the smaller random number. */
        RANDOM,
        /** Nobody: there is no limit. */
        NONE
    }
}
