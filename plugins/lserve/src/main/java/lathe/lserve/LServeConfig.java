package lathe.lserve;

import java.nio.file.Path;
import java.util.Optional;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Parameters of LServe's attention.
 *
 * @param staticSparsity           share of the key/value heads that stream; 0 for none, 1 for all
 * @param gates                    a table of trained gates, a line a layer and a number a key/value head; needed between
 * @param ctxSink                  first tokens that a streaming head reads of a prompt
 * @param ctxLocal                 window of a streaming head in a prompt
 * @param decSink                  first tokens that a streaming head reads in a step
 * @param decLocal                 window of a streaming head in a step
 * @param pageSize                 tokens of a page, a power of two
 * @param subChunkPerBlock         parts of a page with statistics of their own; divides the page
 * @param dynamicSparseTokenBudget tokens of the pages that another head reads in a step, a multiple of the page
 * @param selectorUpdateInterval   steps between two choices of pages; divides the page
 */
public record LServeConfig(
        @Default("0.0") @Range("[0, 1]") double staticSparsity,
        Optional<Path> gates,
        @Default("128") @Range("[0, inf)") int ctxSink,
        @Default("8192") @Range("[1, inf)") int ctxLocal,
        @Default("128") @Range("[0, inf)") int decSink,
        @Default("256") @Range("[1, inf)") int decLocal,
        @Default("64") @Range("[1, inf)") int pageSize,
        @Default("4") @Range("[1, inf)") int subChunkPerBlock,
        @Default("4096") @Range("[1, inf)") int dynamicSparseTokenBudget,
        @Default("4") @Range("[1, inf)") int selectorUpdateInterval) {
    /** Checks that parts divide pages, and pages the budget. */
    public LServeConfig {
        if (Integer.bitCount(pageSize) != 1) {
            throw new IllegalArgumentException("pageSize = " + pageSize + " is no power of two: "
                    + Integer.highestOneBit(pageSize) + " would be one.");
        }
        if (dynamicSparseTokenBudget % pageSize != 0) {
            throw new IllegalArgumentException("dynamicSparseTokenBudget = " + dynamicSparseTokenBudget
                    + " is no number of whole pages: a multiple of pageSize = " + pageSize + " would be right.");
        }
        if (pageSize % subChunkPerBlock != 0 || pageSize % selectorUpdateInterval != 0) {
            throw new IllegalArgumentException("A page of " + pageSize + " tokens must be divided by its "
                    + subChunkPerBlock + " parts and by the interval of " + selectorUpdateInterval + " steps.");
        }
    }

    HeadLabels labels() {
        return new HeadLabels(staticSparsity, gates);
    }

    /** Tokens of a part of a page. */
    int partSize() {
        return pageSize / subChunkPerBlock;
    }
}
