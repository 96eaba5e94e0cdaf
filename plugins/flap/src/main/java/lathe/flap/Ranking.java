package lathe.flap;

import java.util.Arrays;
import java.util.Comparator;
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
        if (config.pruningRatio() == 0) {
            keepAbove(heads, keepHeads, Double.NEGATIVE_INFINITY);
            keepAbove(neurons, keepNeurons, Double.NEGATIVE_INFINITY);
            return;
        }
        switch (config.structure()) {
            case AL_AM -> {
                threshold = threshold();
                keepAbove(heads, keepHeads, threshold);
                keepAbove(neurons, keepNeurons, threshold);
            }
            case AL_MM -> {
                keepAbove(heads, keepHeads, lowest(heads, removedHeads()));
                keepAbove(neurons, keepNeurons, lowest(neurons, removedNeurons(heads.length)));
            }
            case UL_MM -> {
                keepFrom(heads, keepHeads, removedHeads() / heads.length, -1);
                keepFrom(neurons, keepNeurons, removedNeurons(1), -1);
            }
            case UL_UM -> {
                keepFrom(heads, keepHeads, 0, config.pruningRatio());
                keepFrom(neurons, keepNeurons, 0, config.pruningRatio());
            }
        }
    }

    /** The score at which the cost of what scores as much or more comes nearest to what may stay. */
    private double threshold() {
        double[] scores = concat(concat(heads), concat(neurons));
        int headUnits = concat(heads).length;
        int[] descending = IntStream.range(0, scores.length).boxed()
                .sorted(Comparator.comparingDouble((Integer unit) -> -scores[unit]))
                .mapToInt(Integer::intValue)
                .toArray();
        double total = headUnits * units.headCost() + (scores.length - headUnits);
        double cost = 0;
        double nearest = Double.POSITIVE_INFINITY;
        double found = Double.NEGATIVE_INFINITY;
        for (int unit : descending) {
            cost += unit < headUnits ? units.headCost() : 1;
            double distance = Math.abs(cost - total * (1 - config.pruningRatio()));
            if (distance < nearest) {
                nearest = distance;
                found = scores[unit];
            }
        }
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

    private static void keepAbove(double[][] scores, boolean[][] keep, double threshold) {
        for (int block = 0; block < scores.length; block++) {
            for (int unit = 0; unit < scores[block].length; unit++) {
                keep[block][unit] = scores[block][unit] > threshold;
            }
        }
    }

    /** In each block the score at an index of the ascending order stays, and what scores more. */
    private static void keepFrom(double[][] scores, boolean[][] keep, int count, double share) {
        for (int block = 0; block < scores.length; block++) {
            int units = scores[block].length;
            if (units == 0) {
                continue;
            }
            double[] ascending = scores[block].clone();
            Arrays.sort(ascending);
            double least = ascending[Math.min(units - 1, share < 0 ? count : (int) (share * units))];
            for (int unit = 0; unit < units; unit++) {
                keep[block][unit] = scores[block][unit] >= least;
            }
        }
    }

    /** The count-th lowest score; below all if none is to go. */
    private static double lowest(double[][] scores, int count) {
        double[] ascending = concat(scores);
        Arrays.sort(ascending);
        return count == 0 || ascending.length == 0
                ? Double.NEGATIVE_INFINITY
                : ascending[Math.min(count, ascending.length) - 1];
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
