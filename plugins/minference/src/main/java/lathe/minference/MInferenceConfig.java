package lathe.minference;

import java.util.List;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Parameters of MInference.
 *
 * @param pattern       what heads do that {@code heads} does not name: vertical_and_slash, block_sparse, sink_window
 *                      (A-shape) or tri_shape (A-shape with the last rows dense)
 * @param heads         heads with a pattern of their own
 * @param verticalSize  columns of vertical_and_slash, at least 30
 * @param slashSize     diagonals of vertical_and_slash, at least 50
 * @param topk          key blocks of a query block of block_sparse
 * @param nInit         first tokens of the A-shape
 * @param nLocal        window of the A-shape
 * @param nLast         last rows of tri_shape that are dense
 * @param lastQ         last queries whose attention is the estimate
 * @param block         edge of a tile
 * @param startingLayer layers before it stay dense
 */
public record MInferenceConfig(
        @Default("vertical_and_slash") Pattern pattern,
        @Default("[]") List<HeadPattern> heads,
        @Default("1000") @Range("[1, inf)") int verticalSize,
        @Default("6096") @Range("[1, inf)") int slashSize,
        @Default("100") @Range("[1, inf)") int topk,
        @Default("128") @Range("[0, inf)") int nInit,
        @Default("3968") @Range("[1, inf)") int nLocal,
        @Default("100") @Range("[0, inf)") int nLast,
        @Default("64") @Range("[1, inf)") int lastQ,
        @Default("64") @Range("[1, inf)") int block,
        @Default("0") @Range("[0, inf)") int startingLayer) {
    /** What a head reads. */
    public enum Pattern {
        /** Columns and diagonals estimated from the last queries. */
        VERTICAL_AND_SLASH,
        /** Key blocks with the largest products of means. */
        BLOCK_SPARSE,
        /** First tokens and a window. */
        SINK_WINDOW,
        /** First tokens and a window, and dense last rows. */
        TRI_SHAPE
    }

    /**
     * The pattern of one head, as the offline search found it.
     *
     * @param layer   block from 0
     * @param head    query head from 0
     * @param pattern what it reads
     * @param first   verticalSize, topk or nInit
     * @param second  slashSize or nLocal; not used by block_sparse
     */
    public record HeadPattern(
            @Range("[0, inf)") int layer,
            @Range("[0, inf)") int head,
            Pattern pattern,
            @Range("[0, inf)") int first,
            @Default("1") @Range("[1, inf)") int second) {}

    /** Copies the list. */
    public MInferenceConfig {
        heads = List.copyOf(heads);
    }

    HeadPattern of(int layer, int head) {
        for (HeadPattern own : heads) {
            if (own.layer() == layer && own.head() == head) {
                return own;
            }
        }
        return switch (pattern) {
            case VERTICAL_AND_SLASH -> new HeadPattern(layer, head, pattern, verticalSize, slashSize);
            case BLOCK_SPARSE -> new HeadPattern(layer, head, pattern, topk, 1);
            case SINK_WINDOW, TRI_SHAPE -> new HeadPattern(layer, head, pattern, nInit, nLocal);
        };
    }
}
