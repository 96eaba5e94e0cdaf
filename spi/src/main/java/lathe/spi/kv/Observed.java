package lathe.spi.kv;

import java.util.Optional;

import lathe.spi.tensor.Tensor;

/**
 * What the attention of one pass was. Columns are the keys that were there: stored ones in slot order, then the new
 * ones; a key/value head with fewer slots than the widest has its new keys right after its own, and zeros at the end.
 *
 * @param lastRows   [heads, min(n, asked), m], if asked for
 * @param chosenRows [heads, those that the pass has, m], if asked for
 * @param columnSums [heads, m], if asked for
 * @param logSumExp  [heads, n], if asked for; -infinity where a query read nothing
 */
public record Observed(
        Optional<Tensor> lastRows,
        Optional<Tensor> chosenRows,
        Optional<Tensor> columnSums,
        Optional<Tensor> logSumExp) {
    /** Nothing was asked for. */
    public static final Observed NOTHING = new Observed(Optional.empty(), Optional.empty(), Optional.empty(),
            Optional.empty());
}
