package lathe.spi.weight;

import java.util.Optional;

import lathe.spi.model.Role;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * A weight method in whose statistics some tokens count more than others. The platform asks for the importance of the
 * tokens of every sequence before it changes a block, scales it to a mean of 1 in each sequence, and gives it to the
 * accumulators with the activations.
 */
public interface TokenWeighting {
    /**
     * Importance of the tokens of a sequence in a block.
     *
     * @param scene the sequence in the block, whose weights are still as they were
     * @return [tokens], not negative, not all zero
     */
    Tensor importance(TokenScene scene);

    /**
     * Whether the statistics of a linear's input are weighted.
     *
     * @param role what the linear does
     * @return true by default
     */
    default boolean weighs(Role role) {
        return true;
    }

    /**
     * Importance scaled to a mean of 1: w_j = r_j * T / sum of r.
     *
     * @param importance [tokens]
     * @return [tokens], in the scope of the importance's operations
     */
    static Tensor normalised(Tensor importance) {
        double sum = importance.sum();
        if (!(sum > 0) || Double.isInfinite(sum)) {
            throw new IllegalArgumentException(
                    "The importance of tokens sums to " + sum + ", so that none has a share.");
        }
        return importance.multiply(importance.elements() / sum);
    }

    /** One calibration sequence in a block. */
    interface TokenScene {
        /**
         * The sequence's tokens.
         *
         * @return ids
         */
        int[] tokens();

        /**
         * How often a token is in the whole calibration text.
         *
         * @param token its id
         * @return count
         */
        long count(int token);

        /**
         * What enters the block, through the blocks before it as they are now.
         *
         * @return [tokens, hidden]
         */
        Tensor input();

        /**
         * What leaves the block.
         *
         * @return [tokens, hidden]
         */
        Tensor output();

        /**
         * How much attention every token receives: probabilities summed over queries.
         *
         * @return [heads, tokens]; empty if the block's attention cannot say
         */
        Optional<Tensor> attention();

        /**
         * Where intermediate and returned tensors live.
         *
         * @return the scope of this call
         */
        Scope scope();
    }
}
