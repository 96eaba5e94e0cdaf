package lathe.dsnot;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

import lathe.spi.tensor.SparsityPattern;
import lathe.spi.tensor.Tensor;

/** Steps 5 to 8: the swaps of one row after another. */
final class RowSwaps {
    private static final int NONE = -1;

    private final DsnotConfig config;
    private final SparsityPattern pattern;
    private final float[] contribution;
    private final float[] regrowing;
    private final float[] wanda;
    private final float[] initial;

    RowSwaps(DsnotConfig config, int columns) {
        this.config = config;
        this.pattern = config.pattern();
        this.contribution = new float[columns];
        this.regrowing = new float[columns];
        this.wanda = new float[columns];
        this.initial = new float[columns];
    }

    /** Takes a row of C, of C / V^p, of Wanda's score and of the first mask's score. */
    void load(int row, Tensor contributions, Tensor regrowings, Tensor wandas, Tensor initials) {
        contributions.copyRow(row, contribution);
        regrowings.copyRow(row, regrowing);
        wandas.copyRow(row, wanda);
        initials.copyRow(row, initial);
    }

    /** Step 5: the sum of C over pruned weights. */
    double error(boolean[] kept) {
        double sum = 0;
        for (int j = 0; j < kept.length; j++) {
            sum += kept[j] ? 0 : contribution[j];
        }
        return sum;
    }

    /**
     * Swaps until the row is finished.
     *
     * @param kept the row's mask, changed
     * @return the error that is left
     */
    double run(boolean[] kept) {
        boolean grouped = pattern.isGrouped();
        double error = error(kept);
        double first = Math.signum(error);
        // Equal values: the authors sort ascending and stably, and take from either end.
        Deque<Integer> growNegative = order(j -> !kept[j] && regrowing[j] < 0, ascending(regrowing));
        Deque<Integer> growPositive = order(j -> !kept[j] && regrowing[j] > 0, ascending(regrowing).reversed());
        Deque<Integer> pruneNegative = order(j -> !grouped && kept[j] && contribution[j] < 0, ascending(wanda));
        Deque<Integer> prunePositive = order(j -> !grouped && kept[j] && contribution[j] > 0, ascending(wanda));
        boolean[] used = new boolean[kept.length];
        for (int cycle = 0; cycle < config.maxCycleTime() && Math.abs(error) > config.updateThreshold(); cycle++) {
            int grown = take(error > 0 ? growPositive : growNegative);
            if (grown == NONE) {
                break;
            }
            int pruned = grouped
                    ? smallestOfGroup(grown, kept, used)
                    : take(error < 0 ? prunePositive : pruneNegative);
            if (pruned == NONE) {
                break;
            }
            double next = error + contribution[pruned] - contribution[grown];
            if ((config.sameSign() || grouped) && Math.signum(next) != first) {
                break;
            }
            kept[grown] = true;
            kept[pruned] = false;
            used[grown] = true;
            error = next;
        }
        return error;
    }

    private static Comparator<Integer> ascending(float[] values) {
        return Comparator.<Integer>comparingDouble(j -> values[j]).thenComparing(Comparator.naturalOrder());
    }

    private Deque<Integer> order(IntPredicate which, Comparator<Integer> by) {
        Deque<Integer> order = new ArrayDeque<>();
        IntStream.range(0, contribution.length).filter(which).boxed().sorted(by).forEach(order::add);
        return order;
    }

    private static int take(Deque<Integer> candidates) {
        return candidates.isEmpty() ? NONE : candidates.removeFirst();
    }

    /** Of the group of a regrown weight the kept one with the smallest first score; regrown ones stay. */
    private int smallestOfGroup(int grown, boolean[] kept, boolean[] used) {
        int from = grown - grown % pattern.group();
        int smallest = NONE;
        for (int j = from; j < from + pattern.group(); j++) {
            if (kept[j] && !used[j] && (smallest == NONE || initial[j] < initial[smallest])) {
                smallest = j;
            }
        }
        return smallest;
    }
}
