package lathe.flap;

import java.util.Arrays;
import java.util.Comparator;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Step 3: which units stay. Metrics come by block; that of o is squared here, that of down is not.
 */
final class Ranking {
    private final FlapConfig config;
    private final Units units;
    /** By block: scores of head units and of neurons, higher stays longer. */
    private final double[][] heads;
    private final double[][] neurons;
    private final boolean[][] keepHeads;
    private final boolean[][] keepNeurons;
    private double threshold = Double.NaN;

    /**
     * @param metricO    by block, [channels of o]
     * @param metricDown by block, [neurons]
     */
    Ranking(FlapConfig config, Units units, double[][] metricO, double[][] metricDown) {
        this.config = config;
        this.units = units.costing(config.costMode());
        int blocks = metricO.length;
        this.heads = new double[blocks][];
        this.neurons = new double[blocks][];
        this.keepHeads = new boolean[blocks][];
        this.keepNeurons = new boolean[blocks][];
        boolean global = config.structure() == FlapConfig.Structure.AL_AM
                || config.structure() == FlapConfig.Structure.AL_MM;
        for (int block = 0; block < blocks; block++) {
            double[] squared = Arrays.stream(metricO[block]).map(value -> value * value).toArray();
            double[] channels = global ? standardised(squared) : squared;
            heads[block] = ofUnits(channels, units.headChannels(), global);
            neurons[block] = global ? standardised(metricDown[block]) : metricDown[block];
            keepHeads[block] = new boolean[heads[block].length];
            keepNeurons[block] = new boolean[neurons[block].length];
        }
        choose();
        for (int block = 0; block < blocks; block++) {
            keepSome(heads[block], keepHeads[block]);
            keepSome(neurons[block], keepNeurons[block]);
        }
    }

    /** (s - mean) / std, with n - 1; values that are all equal give zeros. */
    private static double[] standardised(double[] values) {
        double mean = Arrays.stream(values).average().orElse(0);
        double squares = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
        double deviation = Math.sqrt(squares / Math.max(1, values.length - 1));
        return Arrays.stream(values).map(value -> deviation == 0 ? 0 : (value - mean) / deviation).toArray();
    }

    private static double[] ofUnits(double[] channels, int perUnit, boolean mean) {
        double[] scores = new double[perUnit == 0 ? 0 : channels.length / perUnit];
        for (int unit = 0; unit < scores.length; unit++) {
            double sum = Arrays.stream(channels, unit * perUnit, (unit + 1) * perUnit).sum();
            scores[unit] = mean ? sum / perUnit : sum;
        }
        return scores;
    }

    private void choose() {
        int allHeads = concat(heads).length;
        int allNeurons = concat(neurons).length;
        if (config.pruningRatio() == 0) {
            keepBest(allHeads, heads, keepHeads);
            keepBest(allNeurons, neurons, keepNeurons);
            return;
        }
        switch (config.structure()) {
            case AL_AM -> keepBest(best(), joined(heads, neurons), joined(keepHeads, keepNeurons));
            case AL_MM -> {
                keepBest(allHeads - removedHeads(), heads, keepHeads);
                keepBest(allNeurons - removedNeurons(heads.length), neurons, keepNeurons);
            }
            case UL_MM -> {
                int perBlock = removedHeads() / heads.length;
                keepInEach(units -> perBlock, heads, keepHeads);
                int removed = removedNeurons(1);
                keepInEach(units -> removed, neurons, keepNeurons);
            }
            case UL_UM -> {
                keepInEach(units -> (int) (config.pruningRatio() * units), heads, keepHeads);
                keepInEach(units -> (int) (config.pruningRatio() * units), neurons, keepNeurons);
            }
        }
    }

    /**
     * How many units stay: the score at which the cost of what scores as much or more comes nearest to what may stay is the
     * threshold, whose own unit goes. Of units that score the same, those of lower index stay: the authors' code, which
     * keeps what scores more than the threshold, would drop all of them, however many they are.
     */
    private int best() {
        double[] scores = concat(concat(heads), concat(neurons));
        int headUnits = concat(heads).length;
        int[] descending = descending(scores);
        double total = headUnits * units.headCost() + (scores.length - headUnits);
        double cost = 0;
        double nearest = Double.POSITIVE_INFINITY;
        int found = 0;
        for (int place = 0; place < descending.length; place++) {
            cost += descending[place] < headUnits ? units.headCost() : 1;
            double distance = Math.abs(cost - total * (1 - config.pruningRatio()));
            if (distance < nearest) {
                nearest = distance;
                found = place;
            }
        }
        threshold = scores.length == 0 ? Double.NEGATIVE_INFINITY : scores[descending[found]];
        return found;
    }

    private int removedHeads() {
        return Math.max(0, config.removeHeads());
    }

    /** Neurons of some blocks that make up for what their removed heads leave of the budget. */
    private int removedNeurons(int blocks) {
        double all = units.heads() * units.headCost() + units.neurons();
        int perBlock = blocks == 1 ? removedHeads() / heads.length : removedHeads();
        double removed = blocks * config.pruningRatio() * all - perBlock * units.headCost();
        return Math.max(0, (int) removed);
    }

    /** The best of all blocks stay. */
    private static void keepBest(int count, double[][] scores, boolean[][] keep) {
        boolean[] stays = best(count, concat(scores));
        int at = 0;
        for (boolean[] block : keep) {
            System.arraycopy(stays, at, block, 0, block.length);
            at += block.length;
        }
    }

    /** In each block all but some stay, and one at least. */
    private static void keepInEach(IntUnaryOperator removed, double[][] scores, boolean[][] keep) {
        for (int block = 0; block < scores.length; block++) {
            int units = scores[block].length;
            int count = units - Math.min(Math.max(0, units - 1), removed.applyAsInt(units));
            System.arraycopy(best(count, scores[block]), 0, keep[block], 0, units);
        }
    }

    private static boolean[] best(int count, double[] scores) {
        boolean[] best = new boolean[scores.length];
        int[] descending = descending(scores);
        for (int place = 0; place < count; place++) {
            best[descending[place]] = true;
        }
        return best;
    }

    /** From the highest score to the lowest, of equal ones the lower index first. */
    private static int[] descending(double[] scores) {
        return IntStream.range(0, scores.length).boxed()
                .sorted(Comparator.comparingDouble((Integer unit) -> -scores[unit]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** A block keeps at least its best unit. */
    private static void keepSome(double[] scores, boolean[] keep) {
        if (keep.length > 0 && IntStream.range(0, keep.length).noneMatch(unit -> keep[unit])) {
            int best = IntStream.range(0, keep.length).boxed()
                    .max(Comparator.comparingDouble((Integer unit) -> scores[unit]).thenComparing(
                            Comparator.reverseOrder()))
                    .orElseThrow();
            keep[best] = true;
        }
    }

    private static double[] concat(double[]... parts) {
        return Arrays.stream(parts).flatMapToDouble(Arrays::stream).toArray();
    }

    private static <T> T[] joined(T[] first, T[] second) {
        T[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    double[] headScores(int block) {
        return heads[block];
    }

    double[] neuronScores(int block) {
        return neurons[block];
    }

    boolean[] keepHeads(int block) {
        return keepHeads[block];
    }

    boolean[] keepNeurons(int block) {
        return keepNeurons[block];
    }

    double cut() {
        return threshold;
    }
}
