package lathe.flap;

import static lathe.spi.statistics.StatisticKey.INPUT_SQUARES;

import java.util.Map;

import lathe.spi.Services;
import lathe.spi.StageScene;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.statistics.Accumulator;
import lathe.spi.statistics.ActivationBatch;
import lathe.spi.statistics.StatisticKey;
import lathe.spi.statistics.Statistics;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Parts of FLAP that reference outputs look at one by one. */
final class Stages {
    private static final double PARTS_OF_HEAD = 4;
    private static final double PARTS_OF_NEURON = 3;

    private Stages() {}

    /** Statistics and all metrics of one linear. */
    static void channelScores(FlapConfig config, StageScene scene, Services services) {
        Tensor weight = scene.input("weight");
        Tensor x = scene.input("x");
        int[] lengths = scene.input("sequence_lengths").toInts();
        Site site = new Site(0, Role.DOWN, Site.NO_EXPERT, weight.size(0), weight.size(1));
        Map<StatisticKey, Accumulator> all = Map.of(
                Fluctuation.KEY, new Fluctuation(site, scene.scope()),
                INPUT_SQUARES, INPUT_SQUARES.accumulator().apply(site, scene.scope()));
        int at = 0;
        for (int sequence = 0; sequence < lengths.length; sequence++) {
            Tensor some = x.slice(0, at, at + lengths[sequence]).in(scene.scope()).copy();
            int index = sequence;
            all.values().forEach(accumulator -> accumulator.add(
                    new ActivationBatch(some, index, java.util.Optional.empty())));
            at += lengths[sequence];
        }
        Statistics statistics = new Given(all, x.size(0), lengths.length);
        Tensor collected = statistics.get(Fluctuation.KEY);
        scene.note("mean", Fluctuation.mean(collected));
        scene.note("fluctuation", Fluctuation.fluctuation(collected, FlapConfig.FluctuationMode.CODE));
        scene.note("fluctuation_welford", Fluctuation.fluctuation(collected, FlapConfig.FluctuationMode.WELFORD));
        scene.note("square_norm", Channels.squareNorm(statistics));
        for (FlapConfig.Metric metric : FlapConfig.Metric.values()) {
            scene.note(metric.name().toLowerCase(java.util.Locale.ROOT),
                    Channels.metric(metric, config, weight.in(scene.scope()), statistics));
        }
    }

    private record Given(Map<StatisticKey, Accumulator> collected, long tokens, int sequences) implements Statistics {
        @Override
        public Tensor get(StatisticKey key) {
            return collected.get(key).result();
        }
    }

    /** The ranking of all blocks' units by given metrics: blocks with as many key/value heads as query heads. */
    static void allocate(FlapConfig config, StageScene scene, Services services) {
        double[][] metricO = rows(scene.input("metric_o"));
        double[][] metricDown = rows(scene.input("metric_down"));
        int width = scene.parameters().whole("head_dim");
        Units units = new Units(width, PARTS_OF_HEAD * width / PARTS_OF_NEURON, metricO[0].length / width,
                metricDown[0].length);
        Ranking ranking = new Ranking(config, units, metricO, metricDown);
        int blocks = metricO.length;
        Scope scope = scene.scope();
        Tensor headScore = scope.zeros(blocks, units.heads());
        Tensor neuronScore = scope.zeros(blocks, units.neurons());
        Tensor keepHeads = scope.zeros(blocks, units.heads());
        Tensor keepNeurons = scope.zeros(blocks, units.neurons());
        for (int block = 0; block < blocks; block++) {
            headScore.setRow(block, floats(ranking.headScores(block)));
            neuronScore.setRow(block, floats(ranking.neuronScores(block)));
            keepHeads.setRow(block, FlapPruner.floats(ranking.keepHeads(block)));
            keepNeurons.setRow(block, FlapPruner.floats(ranking.keepNeurons(block)));
        }
        scene.note("head_score", headScore);
        scene.note("neuron_score", neuronScore);
        scene.note("keep_heads", keepHeads);
        scene.note("keep_neurons", keepNeurons);
        scene.note("threshold", ranking.cut());
    }

    private static double[][] rows(Tensor matrix) {
        double[][] rows = new double[matrix.size(0)][matrix.size(1)];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < rows[i].length; j++) {
                rows[i][j] = matrix.get(i, j);
            }
        }
        return rows;
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
