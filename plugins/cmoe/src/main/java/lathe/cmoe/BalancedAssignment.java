package lathe.cmoe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The cheapest way to put items into bins of one size (step 6), exactly: a transportation problem with few bins, solved by
 * cheapest paths. Each item enters where a chain of moves from bin to bin, ending in one with room, costs least; the chains
 * are looked for among the bins, so that no matrix of items by items is made.
 */
final class BalancedAssignment {
    private final double[][] cost;
    private final int capacity;
    private final List<List<Integer>> members = new ArrayList<>();
    /** For each pair of bins what the cheapest move from the first to the second adds, and which item that is. */
    private final double[][] move;
    private final int[][] mover;

    private BalancedAssignment(double[][] cost, int bins, int capacity) {
        this.cost = cost;
        this.capacity = capacity;
        this.move = new double[bins][bins];
        this.mover = new int[bins][bins];
        for (int bin = 0; bin < bins; bin++) {
            members.add(new ArrayList<>());
            Arrays.fill(move[bin], Double.POSITIVE_INFINITY);
        }
    }

    /**
     * Solves.
     *
     * @param cost     [items][bins]
     * @param capacity items of a bin; all bins together hold all items
     * @return bin of each item
     */
    static int[] solve(double[][] cost, int capacity) {
        int bins = cost[0].length;
        if (cost.length != bins * capacity) {
            throw new IllegalArgumentException(
                    cost.length + " items do not fill " + bins + " bins of " + capacity + ".");
        }
        BalancedAssignment assignment = new BalancedAssignment(cost, bins, capacity);
        for (int item = 0; item < cost.length; item++) {
            assignment.insert(item);
        }
        int[] result = new int[cost.length];
        for (int bin = 0; bin < bins; bin++) {
            for (int item : assignment.members.get(bin)) {
                result[item] = bin;
            }
        }
        return result;
    }

    private void insert(int item) {
        int bins = members.size();
        double[] distance = cost[item].clone();
        int[] before = new int[bins];
        Arrays.fill(before, -1);
        for (int round = 0; round < bins; round++) {
            if (!relax(distance, before)) {
                break;
            }
        }
        int end = -1;
        for (int bin = 0; bin < bins; bin++) {
            if (members.get(bin).size() < capacity && (end < 0 || distance[bin] < distance[end])) {
                end = bin;
            }
        }
        while (before[end] >= 0) {
            int from = before[end];
            Integer moved = mover[from][end];
            members.get(from).remove(moved);
            members.get(end).add(moved);
            update(end);
            end = from;
        }
        members.get(end).add(item);
        update(end);
        // A bin on the way has lost one and won one: what it can give has changed for every bin that was passed.
        for (int bin = 0; bin < bins; bin++) {
            update(bin);
        }
    }

    private boolean relax(double[] distance, int[] before) {
        boolean changed = false;
        for (int from = 0; from < distance.length; from++) {
            for (int to = 0; to < distance.length; to++) {
                double through = distance[from] + move[from][to];
                if (through < distance[to] - 1e-9 && !leadsTo(from, to, before)) {
                    distance[to] = through;
                    before[to] = from;
                    changed = true;
                }
            }
        }
        return changed;
    }

    /** Whether a bin already lies on the way to another; rounding must not close a circle. */
    private static boolean leadsTo(int end, int bin, int[] before) {
        for (int at = end; at >= 0; at = before[at]) {
            if (at == bin) {
                return true;
            }
        }
        return false;
    }

    private void update(int bin) {
        Arrays.fill(move[bin], Double.POSITIVE_INFINITY);
        for (int item : members.get(bin)) {
            for (int to = 0; to < move.length; to++) {
                double change = cost[item][to] - cost[item][bin];
                if (to != bin && change < move[bin][to]) {
                    move[bin][to] = change;
                    mover[bin][to] = item;
                }
            }
        }
    }
}
