package lathe.spi.kv;

import static java.util.Objects.requireNonNull;

import lathe.spi.attention.Phase;
import lathe.spi.tensor.Tensor;

/**
 * New tokens of one layer, exact. The tensors are dead after the call that brought them.
 *
 * @param phase         prompt or new tokens
 * @param keys          [kvHeads, n, headDim], in the store's {@link KeyForm}
 * @param values        [kvHeads, n, valueDim]
 * @param queries       [heads, n, headDim], rotated
 * @param plainQueries  [heads, n, headDim], before rotation
 * @param positions     [n] positions in the text, ascending
 * @param tokenIds      [n] which tokens they are
 */
public record KvBlock(
        Phase phase, Tensor keys, Tensor values, Tensor queries, Tensor plainQueries, int[] positions,
        int[] tokenIds) {
    /** Checks that the parts are there. */
    public KvBlock {
        requireNonNull(phase, "phase is null");
        requireNonNull(keys, "keys is null");
        requireNonNull(values, "values is null");
        requireNonNull(positions, "positions is null");
        requireNonNull(tokenIds, "tokenIds is null");
    }

    /**
     * Number of new tokens.
     *
     * @return n
     */
    public int tokens() {
        return positions.length;
    }
}
