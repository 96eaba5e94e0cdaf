package lathe.flap;

import static lathe.spi.statistics.StatisticKey.INPUT_SQUARES;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import lathe.spi.LatheException;
import lathe.spi.Refusal;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;
import lathe.spi.model.ModelView;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.LinearOperator;
import lathe.spi.statistics.Requirements;
import lathe.spi.statistics.StatisticKey;
import lathe.spi.statistics.Statistics;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.Allocation;
import lathe.spi.weight.BlockEdit;
import lathe.spi.weight.BlockMethod;
import lathe.spi.weight.BlockScene;
import lathe.spi.weight.ModelStatistics;

/**
 * FLAP (arXiv 2312.11983; authors' code: CASIA-IVA-Lab/FLAP, lib/prune.py, lib/layerwrapper.py). Removes heads and neurons
 * whose channels hardly vary, ranked over the whole model, and puts their mean output back as a bias of o and down.
 *
 * <p>Differences from the authors' code: with grouped queries the unit is a key/value head with the query heads that read
 * it; means stay in float32; the cost of a head is not cut to a whole number unless {@code costMode} says so; a ratio of 0
 * removes nothing, and every block keeps at least one unit of each sort; of units that score the same, those of lower index
 * stay, so that the budget holds.
 *
 * <p>On lathe-tiny widths that adapt (perplexity 67.4 at a quarter) are worse than the same share everywhere (58.9); an
 * independent program finds the same. Standardised scores of a block with a few huge neurons put all others just below
 * zero, so that the common threshold compares the tails of blocks: some lose half of their units, others none.
 */
final class FlapPruner implements BlockMethod {
    private static final List<Role> ATTENTION = List.of(Role.QUERY, Role.KEY, Role.VALUE, Role.OUTPUT);

    private final FlapConfig config;
    private final Map<Integer, BlockPlan> plans = new HashMap<>();

    FlapPruner(FlapConfig config) {
        this.config = config;
    }

    /** What becomes of a block, and what is known of the inputs of o and down. */
    private record BlockPlan(boolean[] heads, boolean[] neurons, float[] meanO, float[] meanDown, float[] metricO,
            float[] metricDown) {}

    @Override
    public Requirements requirements() {
        Requirements all = config.metric() == FlapConfig.Metric.WIFN
                ? Requirements.of(Fluctuation.KEY, INPUT_SQUARES)
                : Requirements.of(Fluctuation.KEY);
        return all.densePrefix();
    }

    @Override
    public Optional<Refusal> refuses(ModelInfo model) {
        if (model.isMixtureOfExperts()) {
            return Optional
                    .of(Refusal.because("flap ranks the neurons of one dense network a block, and this model has "
                            + "experts: a pruner of single weights such as wanda goes with it."));
        }
        for (String feature : List.of("latent-attention", "qk-norm-whole")) {
            if (model.features().contains(feature)) {
                return Optional
                        .of(Refusal.because("flap removes whole heads, and the heads of this model cannot be told "
                                + "apart (" + feature + ")."));
            }
        }
        return config.structure().countsHeads() && config.pruningRatio() > 0 ? tooManyHeads(model) : Optional.empty();
    }

    /** Every block keeps a head; with ul-mm all blocks lose equally many. */
    private Optional<Refusal> tooManyHeads(ModelInfo model) {
        int heads = model.layers().stream().mapToInt(LayerInfo::kvHeads).sum();
        int fewest = model.layers().stream().mapToInt(LayerInfo::kvHeads).min().orElse(0);
        int most = config.structure() == FlapConfig.Structure.UL_MM
                ? (fewest - 1) * model.blocks() + model.blocks() - 1
                : heads - model.blocks();
        return config.removeHeads() <= most
                ? Optional.empty()
                : Optional.of(Refusal.because("removeHeads = " + config.removeHeads() + ", and of the " + heads
                        + " key/value heads of " + model.name() + " every block keeps one: removeHeads = " + most
                        + " is the most."));
    }

    /** The first sequence counts in the mean alone: of one sequence nothing fluctuates. */
    @Override
    public Optional<Refusal> refusesText(int sequences, int length) {
        return sequences > 1 || config.metric() == FlapConfig.Metric.WIFN
                ? Optional.empty()
                : Optional.of(Refusal.because("FLAP sees from the second sequence of calibration text on how inputs "
                        + "fluctuate, and sequences = 1: two or more, or metric = wifn, would be right."));
    }

    @Override
    public boolean allocates() {
        return true;
    }

    @Override
    public Allocation allocate(ModelView model, ModelStatistics statistics) {
        List<LayerInfo> layers = model.info().layers();
        double[][] metricO = new double[layers.size()][];
        double[][] metricDown = new double[layers.size()][];
        float[][] meanO = new float[layers.size()][];
        float[][] meanDown = new float[layers.size()][];
        for (int block = 0; block < layers.size(); block++) {
            Map<Role, Site> sites = sites(model.sites(), block);
            requireDense(model, sites);
            metricO[block] = metric(model, statistics, attention(sites) ? sites.get(Role.OUTPUT) : null);
            metricDown[block] = metric(model, statistics, network(sites) ? sites.get(Role.DOWN) : null);
            meanO[block] = mean(statistics, attention(sites) ? sites.get(Role.OUTPUT) : null);
            meanDown[block] = mean(statistics, network(sites) ? sites.get(Role.DOWN) : null);
        }
        Units units = units(model, layers.getFirst());
        Ranking ranking = new Ranking(config, units, metricO, metricDown);
        for (int block = 0; block < layers.size(); block++) {
            plans.put(block, new BlockPlan(ranking.keepHeads(block), ranking.keepNeurons(block), meanO[block],
                    meanDown[block], floats(metricO[block]), floats(metricDown[block])));
        }
        return Allocation.uniform();
    }

    private static Map<Role, Site> sites(List<Site> all, int block) {
        Map<Role, Site> sites = new HashMap<>();
        all.stream().filter(site -> site.block() == block).forEach(site -> sites.put(site.role(), site));
        return sites;
    }

    /** Heads go only where the plan lets all four linears be touched. */
    private static boolean attention(Map<Role, Site> sites) {
        return sites.keySet().containsAll(ATTENTION);
    }

    private static boolean network(Map<Role, Site> sites) {
        return sites.containsKey(Role.UP) && sites.containsKey(Role.DOWN);
    }

    private static void requireDense(ModelView model, Map<Role, Site> sites) {
        for (Site site : sites.values()) {
            LinearOperator operator = model.operator(site);
            if (!List.of("dense", "masked", "bitmask", "n-m").contains(operator.form())) {
                throw new LatheException("flap cuts weights that are numbers, and " + site.name() + " is stored as "
                        + operator.form() + ": prune first and quantize the result.");
            }
        }
    }

    private double[] metric(ModelView model, ModelStatistics statistics, Site site) {
        if (site == null) {
            return new double[0];
        }
        Statistics known = statistics.of(site);
        try (Scope scope = known.get(Fluctuation.KEY).scope().child()) {
            Statistics local = new InScope(known, scope);
            float[] metric = Channels.metric(config.metric(), config, model.weight(site, scope).copy(), local)
                    .toFloats();
            double[] values = new double[metric.length];
            for (int j = 0; j < values.length; j++) {
                values[j] = metric[j];
            }
            return values;
        }
    }

    /** Statistics whose operations' results live in another scope. */
    private record InScope(Statistics original, Scope scope) implements Statistics {
        @Override
        public Tensor get(StatisticKey key) {
            return original.get(key).in(scope);
        }

        @Override
        public long tokens() {
            return original.tokens();
        }

        @Override
        public int sequences() {
            return original.sequences();
        }
    }

    private static float[] mean(ModelStatistics statistics, Site site) {
        return site == null ? new float[0] : Fluctuation.mean(statistics.of(site).get(Fluctuation.KEY)).toFloats();
    }

    /** Costs in parameters: a head has rows of q, k, v and columns of o, a neuron a row or column of two or three linears. */
    private static Units units(ModelView model, LayerInfo layer) {
        Map<Role, Site> sites = sites(model.sites(), 0);
        boolean heads = attention(sites);
        boolean neurons = network(sites);
        int group = layer.groupSize();
        double perHead = (group + 1.0) * (layer.headDim() + layer.valueDim());
        int perNeuron = sites.containsKey(Role.GATE) ? 3 : 2;
        return new Units(group * layer.valueDim(), perHead / perNeuron, heads ? layer.kvHeads() : 0,
                neurons ? sites.get(Role.DOWN).inFeatures() : 0);
    }

    @Override
    public BlockEdit edit(BlockScene scene) {
        int block = scene.layer().block();
        BlockPlan plan = plans.get(block);
        note(scene, block, plan);
        Cut cut = new Cut(scene, config.unstr(), config.compensate());
        BlockEdit edit = BlockEdit.none();
        if (plan.heads().length > 0) {
            edit = cut.heads(edit, plan.heads(), plan.meanO());
        }
        if (plan.neurons().length > 0) {
            edit = cut.neurons(edit, plan.neurons(), plan.meanDown());
        }
        edit.biases().forEach((site, bias) -> scene.note("bias_" + site.role().label() + "." + block, bias));
        return edit;
    }

    private static void note(BlockScene scene, int block, BlockPlan plan) {
        Map<String, float[]> found = Map.of(
                "mean_o", plan.meanO(), "mean_down", plan.meanDown(),
                "metric_o", plan.metricO(), "metric_down", plan.metricDown(),
                "keep_units", floats(plan.heads()), "keep_neurons", floats(plan.neurons()));
        found.forEach((name, values) -> scene.note(name + "." + block, scene.scope().of(values, values.length)));
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int j = 0; j < values.length; j++) {
            floats[j] = (float) values[j];
        }
        return floats;
    }

    static float[] floats(boolean[] marks) {
        float[] floats = new float[marks.length];
        for (int j = 0; j < marks.length; j++) {
            floats[j] = marks[j] ? 1 : 0;
        }
        return floats;
    }
}
