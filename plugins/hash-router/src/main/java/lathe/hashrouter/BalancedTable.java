package lathe.hashrouter;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

import lathe.spi.router.ExpertSlots;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * A table made of token ids in the order of falling frequency, each to the expert with the fewest tokens so far (MoEBERT's balanced
 * hash; arXiv 2106.04426, section 3). Equal frequencies go by the lower id, equal experts by the lower index.
 *
 * @param experts the expert of every token id, {@link ExpertSlots#NONE} for those that never occur
 * @param tokens  occurrences that every expert gets
 */
record BalancedTable(int[] experts, long[] tokens) {

    /**
     * The table.
     *
     * @param frequencies occurrences of every token id
     * @param experts     number of experts
     * @return the table
     */
    static BalancedTable of(long[] frequencies, int experts) {
        int[] table = new int[frequencies.length];
        Arrays.fill(table, ExpertSlots.NONE);
        int[] order = IntStream.range(0, frequencies.length)
                .filter(id -> frequencies[id] > 0)
                .boxed()
                .sorted(Comparator.comparingLong((Integer id) -> -frequencies[id]))
                .mapToInt(Integer::intValue)
                .toArray();
        long[] totals = new long[experts];
        for (int id : order) {
            int emptiest = 0;
            for (int expert = 1; expert < experts; expert++) {
                if (totals[expert] < totals[emptiest]) {
                    emptiest = expert;
                }
            }
            table[id] = emptiest;
            totals[emptiest] += frequencies[id];
        }
        return new BalancedTable(table, totals);
    }

    /** Occurrences that every expert gets, in float64. */
    Tensor totals(Scope scope) {
        Tensor totals = scope.zeros(DataType.F64, tokens.length);
        for (int expert = 0; expert < tokens.length; expert++) {
            totals.set(tokens[expert], expert);
        }
        return totals;
    }
}
