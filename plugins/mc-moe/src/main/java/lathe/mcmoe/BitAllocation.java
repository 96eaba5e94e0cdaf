package lathe.mcmoe;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

import lathe.spi.numeric.RandomStream;

/**
 * Step 3: bits of the experts of a block, the cheapest under a budget of whole bits, at least one expert with three of them
 * and one with two where these are to be had. Exact, by dynamic programming over experts, bits spent and which of the two
 * are there; of equally cheap ones that with fewer bits.
 *
 * @param bits      of each expert
 * @param objective sum of their costs
 */
record BitAllocation(int[] bits, double objective) {
    private static final int[] REQUIRED = {3, 2};
    private static final int ALL_PRESENT = 3;
    /** What the authors' solver scales costs with. */
    private static final double SCALE = 1000;

    /**
     * Costs of bits.
     *
     * @param counts  how often each expert is chosen
     * @param weights sums of the weights that it is given
     * @param errors  [experts][bits] error of the block with the expert rounded
     * @return [experts][bits]
     */
    static double[][] costs(McMoeConfig config, double[] counts, double[] weights, double[][] errors) {
        double allCounts = Math.max(Arrays.stream(counts).sum(), Double.MIN_NORMAL);
        double allWeights = Math.max(Arrays.stream(weights).sum(), Double.MIN_NORMAL);
        double[][] costs = new double[counts.length][errors[0].length];
        for (int expert = 0; expert < counts.length; expert++) {
            double share = Math.pow(counts[expert] / allCounts, config.alpha())
                    * Math.pow(weights[expert] / allWeights, config.beta());
            for (int i = 0; i < costs[expert].length; i++) {
                costs[expert][i] = share * Math.pow(errors[expert][i], config.gamma()) * SCALE;
            }
        }
        return costs;
    }

    /**
     * Costs that spend the whole budget on any experts.
     *
     * @param experts how many
     * @param bitSet  bits of each column
     * @param draw    chance
     * @return [experts][bits]
     */
    static double[][] randomCosts(int experts, List<Integer> bitSet, RandomStream draw) {
        double[][] costs = new double[experts][bitSet.size()];
        int columns = bitSet.size();
        for (int i = 0; i < experts * columns; i++) {
            // A bit more is worth more than any choice among as many.
            costs[i / columns][i % columns] = draw.uniform(i) - 2.0 * experts * bitSet.get(i % columns);
        }
        return costs;
    }

    /**
     * Solves.
     *
     * @param costs  [experts][bits]
     * @param bitSet bits of each column
     * @param budget bits of all experts together
     * @return empty if the budget is too small
     */
    static Optional<BitAllocation> solve(double[][] costs, List<Integer> bitSet, int budget) {
        int experts = costs.length;
        double[][][] best = new double[experts + 1][budget + 1][ALL_PRESENT + 1];
        int[][][] choice = new int[experts + 1][budget + 1][ALL_PRESENT + 1];
        int[][][] before = new int[experts + 1][budget + 1][ALL_PRESENT + 1];
        for (double[][] level : best) {
            for (double[] row : level) {
                Arrays.fill(row, Double.POSITIVE_INFINITY);
            }
        }
        best[0][0][alreadyThere(bitSet)] = 0;
        for (int expert = 0; expert < experts; expert++) {
            for (int spent = 0; spent <= budget; spent++) {
                for (int present = 0; present <= ALL_PRESENT; present++) {
                    for (int i = 0; i < bitSet.size(); i++) {
                        int next = spent + bitSet.get(i);
                        int with = present | mark(bitSet.get(i));
                        double cost = best[expert][spent][present] + costs[expert][i];
                        if (next <= budget && cost < best[expert + 1][next][with]) {
                            best[expert + 1][next][with] = cost;
                            choice[expert + 1][next][with] = bitSet.get(i);
                            before[expert + 1][next][with] = present;
                        }
                    }
                }
            }
        }
        return back(best, choice, before);
    }

    /**
     * What experts need at least.
     *
     * @param experts how many
     * @param bitSet  bits that an expert may get, ascending
     * @return bits of all experts together; empty if there are too few experts for those that must be there
     */
    static OptionalInt least(int experts, List<Integer> bitSet) {
        int[] required = IntStream.of(REQUIRED).filter(bitSet::contains).toArray();
        return experts < required.length
                ? OptionalInt.empty()
                : OptionalInt.of(IntStream.of(required).sum() + (experts - required.length) * bitSet.getFirst());
    }

    private static Optional<BitAllocation> back(double[][][] best, int[][][] choice, int[][][] before) {
        int experts = best.length - 1;
        int spent = 0;
        for (int bits = 1; bits < best[experts].length; bits++) {
            if (best[experts][bits][ALL_PRESENT] < best[experts][spent][ALL_PRESENT]) {
                spent = bits;
            }
        }
        double objective = best[experts][spent][ALL_PRESENT];
        if (Double.isInfinite(objective)) {
            return Optional.empty();
        }
        int[] bits = new int[experts];
        int present = ALL_PRESENT;
        for (int expert = experts; expert > 0; expert--) {
            bits[expert - 1] = choice[expert][spent][present];
            int earlier = before[expert][spent][present];
            spent -= bits[expert - 1];
            present = earlier;
        }
        return Optional.of(new BitAllocation(bits, objective));
    }

    private static int mark(int bits) {
        for (int i = 0; i < REQUIRED.length; i++) {
            if (bits == REQUIRED[i]) {
                return 1 << i;
            }
        }
        return 0;
    }

    /** What no expert can get is not asked for. */
    private static int alreadyThere(List<Integer> bitSet) {
        int there = ALL_PRESENT;
        for (int bits : bitSet) {
            there &= ~mark(bits);
        }
        return there;
    }
}
