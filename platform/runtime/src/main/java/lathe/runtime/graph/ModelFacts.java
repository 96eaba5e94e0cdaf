package lathe.runtime.graph;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import lathe.spi.model.ModelInfo;
import lathe.spi.model.Site;

/**
 * What the planner knows of a model before it is made.
 *
 * @param info      sizes and abilities
 * @param pruned    whether weights have been removed
 * @param quantized the node that stored its weights as codes
 * @param factorized the node that stored its weights as factors
 * @param served    whether attention, cache or router have been set
 */
record ModelFacts(ModelInfo info, List<Site> sites, boolean pruned, Optional<String> quantized,
        Optional<String> factorized, boolean served) {
    private static final String PRUNED = "pruned-weights";

    static ModelFacts of(ModelSketch sketch) {
        return new ModelFacts(sketch.info(), sketch.sites(), false, Optional.empty(), Optional.empty(), false);
    }

    /** Weights are gone: single ones, which methods that mix columns would fill, or whole rows of blocks. */
    ModelFacts afterPruning(boolean single) {
        return new ModelFacts(single ? with(PRUNED, true) : info, single ? sites : List.of(), true, quantized,
                factorized, served);
    }

    private ModelInfo with(String feature, boolean there) {
        Set<String> features = new LinkedHashSet<>(info.features());
        if (there) {
            features.add(feature);
        } else {
            features.remove(feature);
        }
        return new ModelInfo(info.name(), info.family(), info.hidden(), info.vocabulary(), info.contextLength(),
                info.experts(), info.expertsPerToken(), info.layers(), features);
    }

    ModelFacts afterQuantizing(String node) {
        return new ModelFacts(info, sites, pruned, Optional.of(node), factorized, served);
    }

    /** The same sizes with experts instead of dense networks, and the router that comes with them. */
    ModelFacts afterCarving(int experts, int active, String router) {
        Set<String> features = new LinkedHashSet<>(info.features());
        features.add("experts");
        features.add("routed-by-" + router);
        return new ModelFacts(new ModelInfo(info.name(), info.family(), info.hidden(), info.vocabulary(),
                info.contextLength(), experts, active, info.layers(), features), List.of(), pruned, quantized,
                factorized,
                served);
    }

    ModelFacts afterFactorizing(String node) {
        return new ModelFacts(info, sites, pruned, quantized, Optional.of(node), served);
    }

    /** Zeros of one model are numbers of another. */
    ModelFacts afterMerging() {
        return new ModelFacts(with(PRUNED, false), sites, false, quantized, factorized, served);
    }

    boolean sameSizes(ModelFacts other) {
        ModelInfo there = other.info();
        return info.hidden() == there.hidden() && info.vocabulary() == there.vocabulary()
                && info.blocks() == there.blocks() && info.experts() == there.experts()
                && info.layers().stream().allMatch(layer -> layer.heads() == there.layers().get(layer.block()).heads()
                        && layer.kvHeads() == there.layers().get(layer.block()).kvHeads()
                        && layer.headDim() == there.layers().get(layer.block()).headDim());
    }

    ModelFacts afterServing() {
        return new ModelFacts(info, sites, pruned, quantized, factorized, true);
    }
}
