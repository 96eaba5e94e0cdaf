package lathe.models.transformer;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

import lathe.models.architecture.Activation;
import lathe.models.architecture.ArchitectureConfig;
import lathe.models.architecture.Attention;
import lathe.models.architecture.Block;
import lathe.models.architecture.FeedForward;
import lathe.models.architecture.Norm;
import lathe.models.architecture.Rope;
import lathe.spi.LatheException;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.LinearOperator;

/** Sizes of a model as its weights are now: heads and experts follow structural edits. */
final class LayerShapes {
    private LayerShapes() {}

    static ModelInfo info(String name, ArchitectureConfig config, ModelWeights weights) {
        List<LayerInfo> layers = new ArrayList<>();
        int experts = 0;
        int chosen = 0;
        for (Block block : config.blocks()) {
            layers.add(layer(config, block, weights, 0));
            if (block.feedForward() instanceof FeedForward.Experts mixture) {
                experts = Math.max(experts, weights.experts(block.index()));
                chosen = Math.max(chosen, mixture.routing().chosen());
            }
        }
        Set<String> features = new LinkedHashSet<>(features(config));
        weights.routing().ifPresent(routing -> features.add("routed-by-" + routing.method().id()));
        return new ModelInfo(name, config.family(), config.hidden(), config.vocabulary(), config.positions(), experts,
                chosen, layers, features);
    }

    /** One block's attention, with the frequencies for a sequence of a length. */
    static LayerInfo layer(ArchitectureConfig config, Block block, ModelWeights weights, int length) {
        Attention attention = block.attention();
        int index = block.index();
        int heads;
        int kvHeads;
        if (attention.latent().isPresent()) {
            Role queries = attention.latent().get().queryRank().isPresent() ? Role.QUERY_UP : Role.QUERY;
            heads = rows(weights, index, queries) / attention.keyWidth();
            kvHeads = heads;
        } else {
            heads = rows(weights, index, Role.QUERY) / attention.keyWidth();
            kvHeads = rows(weights, index, Role.KEY) / attention.keyWidth();
        }
        return new LayerInfo(index, config.blocks().size(), heads, kvHeads, attention.keyWidth(),
                attention.valueWidth(), attention.scale(), attention.softcap().orElse(0),
                attention.window().isPresent() ? Optional.of(attention.window().getAsInt()) : Optional.empty(),
                attention.rotary().map(rope -> rope.forPlugins(length)));
    }

    private static int rows(ModelWeights weights, int block, Role role) {
        return weights.find(block, role, Site.NO_EXPERT).map(LinearOperator::outFeatures).orElseThrow(
                () -> new LatheException("The model has no weight blocks." + block + "." + role.label() + "."));
    }

    private static Set<String> features(ArchitectureConfig config) {
        Set<String> features = new LinkedHashSet<>();
        for (Block block : config.blocks()) {
            Attention attention = block.attention();
            add(features, attention.window().isPresent(), "sliding-window");
            add(features, attention.latent().isPresent(), "latent-attention");
            add(features, attention.softcap().isPresent(), "softcap");
            add(features, attention.qkNorm() != Attention.QkNorm.NONE, "qk-norm");
            add(features, attention.qkNorm() == Attention.QkNorm.WHOLE, "qk-norm-whole");
            add(features, attention.rotary().map(Rope::dependsOnLength).orElse(false), "length-dependent-rope");
            add(features, block.parallel(), "parallel-residual");
            add(features, block.norm().kind() == Norm.Kind.LAYER, "layer-norm");
            add(features, block.norm().gainOffset() != 0, "norm-offset");
            add(features, block.placement() != Block.Placement.PRE, "post-norm");
            add(features, attention.clip().isPresent(), "clipped-projections");
            add(features, block.feedForward() instanceof FeedForward.Experts, "experts");
            if (block.feedForward() instanceof FeedForward.Dense dense) {
                add(features, !dense.gated(), "ungated");
                add(features, dense.activation() != Activation.SILU, "activation-" + label(dense.activation()));
            }
        }
        add(features, config.learnedPositions(), "learned-positions");
        add(features, config.tied(), "tied-embeddings");
        return features;
    }

    private static String label(Activation activation) {
        return activation.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static void add(Set<String> features, boolean present, String name) {
        if (present) {
            features.add(name);
        }
    }
}
