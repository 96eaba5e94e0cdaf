package lathe.spi.kv;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * What a store, or whoever listens to a forward pass, wants to see of the attention. It is computed beside the output; no
 * more of the [n, m] probabilities exists than is asked for.
 *
 * @param lastRows   probabilities of how many of the last queries of a pass; 0 for none
 * @param chosenRows queries of the pass, 0 for its first, whose probabilities are wanted beside; ascending. Those that a
 *                   pass does not have are left out
 * @param summedRows over how many of the last queries of a pass probabilities are summed up; 0 for none, {@link #ALL}
 * @param logSumExp  whether ln(sum(e^score)) of every query, which turns scores into probabilities and lets parts of a
 *                   softmax be put together
 */
public record Observation(int lastRows, List<Integer> chosenRows, int summedRows, boolean logSumExp) {
    /** All queries of a pass. */
    public static final int ALL = Integer.MAX_VALUE;

    /** Nothing. */
    public static final Observation NONE = new Observation(0, false);

    /** Checks the numbers of rows. */
    public Observation {
        if (lastRows < 0 || summedRows < 0) {
            throw new IllegalArgumentException(
                    "A number of rows is not negative: " + Math.min(lastRows, summedRows) + ".");
        }
        chosenRows = List.copyOf(chosenRows);
        for (int i = 0; i < chosenRows.size(); i++) {
            if (chosenRows.get(i) < 0 || i > 0 && chosenRows.get(i) <= chosenRows.get(i - 1)) {
                throw new IllegalArgumentException("Chosen rows ascend from 0 on, not as " + chosenRows + " do.");
            }
        }
    }

    /**
     * The two that most policies use.
     *
     * @param lastRows   probabilities of how many of the last queries of a pass; 0 for none
     * @param columnSums whether the sums of the probabilities over all queries of a pass
     */
    public Observation(int lastRows, boolean columnSums) {
        this(lastRows, List.of(), columnSums ? ALL : 0, false);
    }

    /**
     * Probabilities of single queries.
     *
     * @param queries of the pass, in any order
     * @return what wants these rows
     */
    public static Observation ofRows(int... queries) {
        return new Observation(0, IntStream.of(queries).sorted().distinct().boxed().toList(), 0, false);
    }

    /**
     * Sums of probabilities over queries.
     *
     * @param lastRows how many of the last queries
     * @return what wants these sums
     */
    public static Observation ofColumnSums(int lastRows) {
        return new Observation(0, List.of(), lastRows, false);
    }

    /**
     * The log-sum-exp of every query.
     *
     * @return what wants it
     */
    public static Observation ofLogSumExp() {
        return new Observation(0, List.of(), 0, true);
    }

    /**
     * Whether sums over any queries are wanted.
     *
     * @return true if {@link #summedRows()} is not 0
     */
    public boolean columnSums() {
        return summedRows > 0;
    }

    /**
     * Whether one call can serve both: each then finds what it asked for among what was recorded.
     *
     * @param other what another one wants of the same pass
     * @return false if they sum over, or choose, other queries
     */
    public boolean joins(Observation other) {
        boolean sums = summedRows == 0 || other.summedRows == 0 || summedRows == other.summedRows;
        boolean rows = chosenRows.isEmpty() || other.chosenRows.isEmpty() || chosenRows.equals(other.chosenRows);
        return sums && rows;
    }

    /**
     * What both want.
     *
     * @param other one that this one {@link #joins}
     * @return the union; last rows are those of who wants more
     */
    public Observation and(Observation other) {
        requireNonNull(other, "other is null");
        TreeSet<Integer> rows = new TreeSet<>(chosenRows);
        rows.addAll(other.chosenRows);
        return new Observation(Math.max(lastRows, other.lastRows), List.copyOf(rows),
                Math.max(summedRows, other.summedRows), logSumExp || other.logSumExp);
    }
}
