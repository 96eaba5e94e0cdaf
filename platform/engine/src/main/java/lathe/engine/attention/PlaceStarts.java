package lathe.engine.attention;

/** How many entries of a vector lie before a number, known for numbers a tile apart and counted from there. */
final class PlaceStarts {
    private static final int SHIFT = Integer.numberOfTrailingZeros(QueryRows.STRIDE);

    private final ReplacedPlaces replaced;
    /** A vector's counts: before every tile's first number, one more for what lies beyond the last. */
    private final int[] counts;
    private final int row;

    /**
     * Counts entries.
     *
     * @param replaced entries
     * @param vectors  how many
     * @param numbers  of each
     */
    PlaceStarts(ReplacedPlaces replaced, int vectors, int numbers) {
        this.replaced = replaced;
        int tiles = Math.ceilDiv(numbers, QueryRows.STRIDE);
        this.row = tiles + 2;
        this.counts = new int[vectors * row];
        for (int i = 0; i < vectors; i++) {
            long begin = replaced.begin(i);
            for (int entry = 0; entry < replaced.count(); entry++) {
                int tile = Math.max(-1, Math.min(replaced.number(begin + entry) >> SHIFT, tiles));
                counts[row * i + tile + 1] = entry + 1;
            }
            for (int tile = 1; tile < row; tile++) {
                counts[row * i + tile] = Math.max(counts[row * i + tile], counts[row * i + tile - 1]);
            }
        }
    }

    /** Entries of vector i before a number that is at most the length of a vector. */
    int before(int i, int number) {
        int entries = counts[row * i + (number >> SHIFT)];
        if ((number & QueryRows.STRIDE - 1) != 0) {
            long begin = replaced.begin(i);
            while (entries < replaced.count() && replaced.number(begin + entries) < number) {
                entries++;
            }
        }
        return entries;
    }
}
