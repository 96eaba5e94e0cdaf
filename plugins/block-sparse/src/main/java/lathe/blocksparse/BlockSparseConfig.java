package lathe.blocksparse;

import java.util.List;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Parameters of block-sparse attention.
 *
 * @param block queries and keys of a block
 * @param mask  for every query head, or once for all, a text a query block: character k is 1 if key block k is read; query
 *              blocks after the last text read everything
 */
public record BlockSparseConfig(@Default("64") @Range("[1, inf)") int block, List<List<String>> mask) {
    /** Checks the texts. */
    public BlockSparseConfig {
        mask = mask.stream().map(List::copyOf).toList();
        if (mask.isEmpty()) {
            throw new IllegalArgumentException("mask needs one list of rows for all heads, or one for each.");
        }
        for (List<String> head : mask) {
            for (String row : head) {
                if (!row.matches("[01]*")) {
                    throw new IllegalArgumentException("'" + row
                            + "' is no row of a mask: write 1 for a block that is read and 0 for one that is not.");
                }
            }
        }
    }

    List<String> rows(int head) {
        return mask.get(mask.size() == 1 ? 0 : head);
    }
}
