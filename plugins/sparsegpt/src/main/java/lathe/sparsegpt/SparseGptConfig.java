package lathe.sparsegpt;

import java.util.Optional;

import lathe.spi.Default;
import lathe.spi.Range;
import lathe.spi.tensor.SparsityPattern;

/**
 * Parameters of SparseGPT.
 *
 * @param sparsity       fraction of each column block's weights that goes; 0 changes nothing
 * @param pattern        unstructured, or n:m, where n of every m consecutive inputs are zero
 * @param percdamp       damping, as a fraction of the mean of the Hessian's diagonal
 * @param blocksize      columns whose mask is chosen together
 * @param wbits          rounds kept weights to this many bits in the same sweep, one asymmetric grid a row
 * @param trueSequential re-runs the block after k, v, q and after o and after gate, up
 */
public record SparseGptConfig(
        @Default("0.5") @Range("[0, 1)") double sparsity,
        @Default("unstructured") SparsityPattern pattern,
        @Default("0.01") @Range("[0, inf)") double percdamp,
        @Default("128") @Range("[1, inf)") int blocksize,
        @Range("[2, 8]") Optional<Integer> wbits,
        @Default("false") boolean trueSequential) {
    /** Checks that groups of the pattern do not cross column blocks. */
    public SparseGptConfig {
        if (pattern.isGrouped() && blocksize % pattern.group() != 0) {
            throw new IllegalArgumentException(
                    "A blocksize of " + blocksize + " cuts groups of " + pattern + "; a multiple of " + pattern.group()
                            + " would be right.");
        }
    }
}
