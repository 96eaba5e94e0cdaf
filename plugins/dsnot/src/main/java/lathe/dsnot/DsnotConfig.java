package lathe.dsnot;

import lathe.spi.Default;
import lathe.spi.MethodChoice;
import lathe.spi.Range;
import lathe.spi.model.Role;
import lathe.spi.tensor.SparsityPattern;

/**
 * Parameters of DSnoT.
 *
 * @param initialMethod     the pruner whose score chooses the first mask: an id such as wanda, magnitude, sparsegpt, or
 *                          an object with use = id and its parameters
 * @param sparsity          fraction of the weights of each output row that is removed; an n:m pattern decides it itself
 * @param pattern           unstructured, or n:m with n zeros in every m consecutive inputs of a row
 * @param maxCycleTime      swaps of a row at most; 0 leaves the first mask. The authors' 50 are for rows of thousands of
 *                          inputs: where a row keeps fewer than a thousand weights, take a twenty-fifth of them
 * @param updateThreshold   a row is finished when the size of its error is no more than this; errors are sums over the
 *                          tokens of a sequence, so that longer sequences want a larger threshold
 * @param powOfVarRegrowing exponent of the input's variance that divides the contribution of weights to be regrown; 0
 *                          leaves the variance out
 * @param sameSign          whether a row also stops before its error changes sign; always so with an n:m pattern
 * @param skipLayer         weights that keep the first mask: none, those of the feed-forward network (the authors'
 *                          default), or those of the attention
 */
public record DsnotConfig(
        @Default("wanda") MethodChoice initialMethod,
        @Default("0.5") @Range("[0, 1)") double sparsity,
        @Default("unstructured") SparsityPattern pattern,
        @Default("50") @Range("[0, inf)") int maxCycleTime,
        @Default("0.1") @Range("[0, inf]") double updateThreshold,
        @Default("1") @Range("[0, inf)") double powOfVarRegrowing,
        @Default("false") boolean sameSign,
        @Default("mlp") Skipped skipLayer) {
    /** Weights that keep the first mask. */
    public enum Skipped {
        /** None. */
        NO_SKIP,
        /** The feed-forward network. */
        MLP,
        /** The attention. */
        SELF_ATTN;

        boolean covers(Role role) {
            boolean feedForward = switch (role) {
                case GATE, UP, DOWN, ROUTER -> true;
                default -> false;
            };
            return this == MLP && feedForward || this == SELF_ATTN && !feedForward;
        }
    }
}
