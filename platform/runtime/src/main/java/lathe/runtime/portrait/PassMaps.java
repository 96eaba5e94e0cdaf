package lathe.runtime.portrait;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

import lathe.models.transformer.ForwardListener;
import lathe.report.HeatMap;
import lathe.spi.kv.Observation;
import lathe.spi.kv.Observed;
import lathe.spi.router.Routing;
import lathe.spi.tensor.Tensor;

/**
 * What one pass over some text shows: how much of its attention a head gives to the first tokens, and how many tokens each
 * expert is given.
 */
final class PassMaps implements ForwardListener {
    /** The first tokens, on which attention rests that has nowhere else to go (arXiv 2309.17453). */
    static final int SINKS = 4;

    private final boolean attention;
    private final TreeMap<Integer, double[]> sinks = new TreeMap<>();
    private final TreeMap<Integer, double[]> loads = new TreeMap<>();

    /** @param attention whether attention is looked at, which takes time */
    PassMaps(boolean attention) {
        this.attention = attention;
    }

    @Override
    public Observation observes(int block) {
        return attention ? new Observation(0, true) : Observation.NONE;
    }

    @Override
    public void attended(int block, int sequence, Observed observed) {
        observed.columnSums().ifPresent(sums -> sinks.put(block, shares(sums)));
    }

    /** Of [heads, m] sums the part of the first tokens. */
    private static double[] shares(Tensor sums) {
        double[] shares = new double[sums.size(0)];
        float[] row = new float[sums.size(1)];
        for (int head = 0; head < shares.length; head++) {
            sums.copyRow(head, row);
            double first = 0;
            double all = 0;
            for (int j = 0; j < row.length; j++) {
                first += j < SINKS ? row[j] : 0;
                all += row[j];
            }
            shares[head] = first / all;
        }
        return shares;
    }

    @Override
    public void routed(int block, Tensor logits, Routing routing) {
        double[] load = new double[logits.size(1)];
        int[] experts = routing.experts().toInts();
        float[] weights = routing.weights().toFloats();
        int count = 0;
        for (int i = 0; i < experts.length; i++) {
            if (weights[i] != 0 && experts[i] >= 0 && experts[i] < load.length) {
                load[experts[i]]++;
                count++;
            }
        }
        for (int expert = 0; expert < load.length; expert++) {
            load[expert] /= Math.max(1, count);
        }
        loads.put(block, load);
    }

    /** The maps of what was seen. */
    List<HeatMap> maps(String node) {
        List<HeatMap> maps = new ArrayList<>();
        if (!sinks.isEmpty()) {
            maps.add(
                    new HeatMap("Attention on the first " + SINKS + " tokens", node, "", "block", "head", rows(sinks)));
        }
        if (!loads.isEmpty()) {
            maps.add(new HeatMap("Tokens of each expert", node, "", "block", "expert", rows(loads)));
        }
        return maps;
    }

    private static List<List<Double>> rows(TreeMap<Integer, double[]> byBlock) {
        List<List<Double>> rows = new ArrayList<>();
        for (int block = 0; block <= byBlock.lastKey(); block++) {
            List<Double> row = new ArrayList<>();
            for (double value : byBlock.getOrDefault(block, new double[0])) {
                row.add(value);
            }
            rows.add(row);
        }
        return rows;
    }
}
