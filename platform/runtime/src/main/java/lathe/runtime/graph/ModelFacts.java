package lathe.runtime.graph;

import java.util.Optional;

import lathe.spi.model.ModelInfo;

/**
 * What the planner knows of a model before it is made.
 *
 * @param info      sizes and abilities
 * @param pruned    whether weights have been removed
 * @param quantized the node that stored its weights as codes
 * @param served    whether attention, cache or router have been set
 */
record ModelFacts(ModelInfo info, boolean pruned, Optional<String> quantized, boolean served) {
    ModelFacts afterPruning() {
        return new ModelFacts(info, true, quantized, served);
    }

    ModelFacts afterQuantizing(String node) {
        return new ModelFacts(info, pruned, Optional.of(node), served);
    }

    ModelFacts afterServing() {
        return new ModelFacts(info, pruned, quantized, true);
    }
}
