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
 * @param search        patterns that are tried, head by head, on the first prompt that has more than {@code searchFrom}
 *                      tokens; what keeps most attention is what the head does from then on, as the offline search does
 *                      with a sample. What was found is noted, and can be written down as {@code heads}
 * @param searchFrom    first row whose attention counts in the search
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
        @Default("[]") List<Candidate> search,
        @Default("64") @Range("[0, inf)") int searchFrom,
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

    /**
     * A pattern that the search tries.
     *
     * @param pattern vertical_and_slash, sink_window or block_sparse
     * @param first   verticalSize, nInit or topk; as in the authors' search, the share of blocks that is tried is 1/first
     * @param second  slashSize or nLocal; not used by block_sparse
     */
    public record Candidate(
            Pattern pattern,
            @Range("[1, inf)") int first,
            @Default("1") @Range("[1, inf)") int second) {}

    /** Copies the lists. */
    public MInferenceConfig {
        search = List.copyOf(search);
        if (search.stream().anyMatch(tried -> tried.pattern() == Pattern.TRI_SHAPE)) {
            throw new IllegalArgumentException("search tries vertical_and_slash, sink_window and block_sparse; "
                    + "tri_shape is not among its patterns.");
        }
        heads = List.copyOf(heads);
    }

    /** Whether a head has a pattern that was written down. */
    boolean names(int layer, int head) {
        return heads.stream().anyMatch(own -> own.layer() == layer && own.head() == head);
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
