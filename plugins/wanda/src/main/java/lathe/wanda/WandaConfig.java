package lathe.wanda;

import lathe.spi.Default;
import lathe.spi.Range;
import lathe.spi.tensor.SparsityPattern;

/**
 * Parameters of Wanda.
 *
 * @param sparsity   fraction of the weights of each output row that is removed; an n:m pattern decides it itself
 * @param pattern    unstructured, or n:m with n zeros in every m consecutive inputs of a row
 * @param useVariant whether rows may differ in sparsity: each loses the smallest scores that make up the same share of
 *                   its score sum, and that share is searched until the matrix has the sparsity
 */
public record WandaConfig(
        @Default("0.5") @Range("[0, 1)") double sparsity,
        @Default("unstructured") SparsityPattern pattern,
        @Default("false") boolean useVariant) {
    /** Checks that the variant is not asked for groups, which fix the sparsity of every row. */
    public WandaConfig {
        if (useVariant && pattern.isGrouped()) {
            throw new IllegalArgumentException(
                    "useVariant lets rows differ in sparsity, which the pattern " + pattern + " does not allow.");
        }
    }
}
