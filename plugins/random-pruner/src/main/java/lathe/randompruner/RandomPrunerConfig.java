package lathe.randompruner;

import lathe.spi.Default;
import lathe.spi.Range;
import lathe.spi.tensor.SparsityPattern;

/**
 * Parameters of random pruning.
 *
 * @param sparsity fraction of the weights that is removed; an n:m pattern decides it itself
 * @param pattern  unstructured, or n:m with n zeros in every m consecutive inputs of a row
 * @param scope    of what the fraction is taken: of every output row, or of a whole layer
 */
public record RandomPrunerConfig(
        @Default("0.5") @Range("[0, 1)") double sparsity,
        @Default("unstructured") SparsityPattern pattern,
        @Default("row") Share scope) {
    /** Of what the fraction is taken. */
    public enum Share {
        /** Of all weights of a matrix. */
        LAYER,
        /** Of the weights of an output row. */
        ROW
    }
}
