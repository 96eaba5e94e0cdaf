package lathe.magnitude;

import lathe.spi.Default;
import lathe.spi.Range;
import lathe.spi.tensor.SparsityPattern;

/**
 * Parameters of magnitude pruning.
 *
 * @param sparsity fraction of the weights that is removed; an n:m pattern decides it itself
 * @param pattern  unstructured, or n:m with n zeros in every m consecutive inputs of a row
 * @param scope    what is ranked together: a whole layer (one threshold a matrix) or every output row alone
 */
public record MagnitudeConfig(
        @Default("0.5") @Range("[0, 1)") double sparsity,
        @Default("unstructured") SparsityPattern pattern,
        @Default("layer") Ranking scope) {
    /** What is ranked together. */
    public enum Ranking {
        /** All weights of a matrix. */
        LAYER,
        /** The weights of an output row. */
        ROW
    }
}
