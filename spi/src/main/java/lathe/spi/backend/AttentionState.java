package lathe.spi.backend;

import static java.util.Objects.requireNonNull;

import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * How far the attention of some queries has come, so that their keys can be read in parts: one range of the cache after the
 * other, or several ranges apart and put together (arXiv 1805.02867, 2205.14135). The output is {@code weighted / sum}.
 *
 * @param maximum  [h, n] F32, the largest score m read so far, -infinity where nothing was read
 * @param sum      [h, n] F32, the sum of e^(score - m), 0 where nothing was read
 * @param weighted [h, n, valueDim] F32, the sum of e^(score - m) times the values
 */
public record AttentionState(Tensor maximum, Tensor sum, Tensor weighted) {
    /** Checks that the parts speak of the same queries. */
    public AttentionState {
        requireNonNull(maximum, "maximum is null");
        requireNonNull(sum, "sum is null");
        requireNonNull(weighted, "weighted is null");
        if (maximum.rank() != 2 || !maximum.shape().equals(sum.shape()) || weighted.rank() != 3
                || weighted.size(0) != maximum.size(0) || weighted.size(1) != maximum.size(1)) {
            throw new IllegalArgumentException(
                    "A state of attention has maxima [h, n], sums [h, n] and weighted values "
                            + "[h, n, valueDim], not " + maximum.shape() + ", " + sum.shape() + " and "
                            + weighted.shape() + ".");
        }
    }

    /**
     * The state of queries that have read nothing.
     *
     * @param scope    where it lives
     * @param heads    query heads
     * @param queries  queries
     * @param valueDim width of a value
     * @return a new state
     */
    public static AttentionState empty(Scope scope, int heads, int queries, int valueDim) {
        Tensor maximum = scope.zeros(heads, queries);
        maximum.fill(Float.NEGATIVE_INFINITY);
        return new AttentionState(maximum, scope.zeros(heads, queries), scope.zeros(heads, queries, valueDim));
    }

    /**
     * Takes in what another state has read, as if its keys had been read after this one's.
     *
     * @param other a state of the same queries over other keys
     */
    public void merge(AttentionState other) {
        for (int head = 0; head < maximum.size(0); head++) {
            for (int query = 0; query < maximum.size(1); query++) {
                merge(other, head, query);
            }
        }
    }

    private void merge(AttentionState other, int head, int query) {
        double most = Math.max(maximum.get(head, query), other.maximum.get(head, query));
        if (most == Double.NEGATIVE_INFINITY) {
            return;
        }
        double here = Math.exp(maximum.get(head, query) - most);
        double there = Math.exp(other.maximum.get(head, query) - most);
        maximum.set(most, head, query);
        sum.set(here * sum.get(head, query) + there * other.sum.get(head, query), head, query);
        for (int i = 0; i < weighted.size(2); i++) {
            weighted.set(here * weighted.get(head, query, i) + there * other.weighted.get(head, query, i), head, query,
                    i);
        }
    }
}
