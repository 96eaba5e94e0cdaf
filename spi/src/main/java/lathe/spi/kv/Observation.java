package lathe.spi.kv;

/**
 * What a store wants to see of the attention.
 *
 * @param lastRows   probabilities of how many of the last queries of a pass; 0 for none
 * @param columnSums whether the sums of the probabilities over all queries of a pass
 */
public record Observation(int lastRows, boolean columnSums) {
    /** Nothing. */
    public static final Observation NONE = new Observation(0, false);

    /** Checks the number of rows. */
    public Observation {
        if (lastRows < 0) {
            throw new IllegalArgumentException("A number of rows is not negative: " + lastRows + ".");
        }
    }
}
