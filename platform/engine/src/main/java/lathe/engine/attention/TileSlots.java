package lathe.engine.attention;

/** The slots of a tile: neighbours, or some of a list. */
final class TileSlots {
    private final KeySpace space;
    private int[] list;
    private int first;
    private int count;

    TileSlots(KeySpace space) {
        this.space = space;
    }

    void setRange(int from, int to) {
        list = null;
        first = from;
        count = to - from;
    }

    void setList(int[] slots, int from, int to) {
        list = slots;
        first = from;
        count = to - from;
    }

    /** Columns of the tile. */
    int count() {
        return count;
    }

    /** Distance of rows of scores. */
    int stride() {
        return count <= QueryRows.STRIDE ? QueryRows.STRIDE : QueryRows.LONG_STRIDE;
    }

    /** Whether columns are neighbouring slots. */
    boolean isRange() {
        return list == null;
    }

    /** Slot of a column. */
    int slot(int column) {
        return list == null ? first + column : list[first + column];
    }

    /** Scores of a few rows of queries from stored keys, if they are best taken so. */
    boolean scores(long queries, int rows, long scores) {
        if (list != null || !space.isStored(first)) {
            return false;
        }
        space.scores(queries, rows, first, first + count, scores, stride());
        return true;
    }

    /** Adds weighted stored values to a few rows of sums, if that is best done so. */
    boolean addWeighted(long weights, int rows, long sums) {
        if (list != null || !space.isStored(first)) {
            return false;
        }
        space.addWeighted(weights, stride(), rows, first, first + count, sums);
        return true;
    }

    /** Makes the keys readable. */
    void keys(long buffer, Tile tile) {
        if (list == null) {
            space.keys(first, first + count, buffer, tile);
        } else {
            space.gatherKeys(list, first, first + count, buffer, tile);
        }
    }

    /** Makes the values readable. */
    void values(long buffer, Tile tile) {
        if (list == null) {
            space.values(first, first + count, buffer, tile);
        } else {
            space.gatherValues(list, first, first + count, buffer, tile);
        }
    }
}
