package lathe.engine.attention;

/** What is done with the scores of a tile. */
interface TileVisitor {
    /** Whether scores are computed for it; it takes what {@link TileSlots} has otherwise. */
    default boolean readsScores() {
        return true;
    }

    /**
     * Takes a tile of scores: scaled and capped, not yet masked. Row r belongs to head r / queries and query r % queries
     * of the rows that were walked; the row's scores start at scores + 4 * r * {@link TileSlots#stride}.
     *
     * @param slots  slots of the tile's columns
     * @param scores address; may be overwritten
     * @param from   first column that each query reads
     * @param to     column after the last that each query reads; from or less for none
     */
    void visit(TileSlots slots, long scores, int[] from, int[] to);
}
