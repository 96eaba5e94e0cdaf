package lathe.models.transformer;

import lathe.models.architecture.ArchitectureConfig;
import lathe.models.architecture.Block;
import lathe.models.architecture.FeedForward;
import lathe.models.architecture.Routing;
import lathe.spi.LatheException;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.LinearOperator;

/** The shape of a model whose weights have experts where its checkpoint's config says dense networks. */
final class CarvedShapes {
    private CarvedShapes() {}

    static ArchitectureConfig of(ArchitectureConfig config, ModelWeights weights) {
        ArchitectureConfig carved = config;
        for (Block block : config.blocks()) {
            if (block.feedForward() instanceof FeedForward.Dense dense && weights.experts(block.index()) > 0) {
                carved = carved.with(block.index(), experts(block.index(), dense, weights));
            }
        }
        return carved;
    }

    private static FeedForward.Experts experts(int block, FeedForward.Dense dense, ModelWeights weights) {
        ExpertRouting routing = weights.routing().orElseThrow(
                () -> new LatheException("Block " + block + " has experts, but the model does not say how they are "
                        + "chosen."));
        int widest = 0;
        for (int expert = 0; expert < weights.experts(block); expert++) {
            widest = Math.max(widest, width(weights, block, expert));
        }
        int shared = width(weights, block, Site.SHARED_EXPERT);
        return new FeedForward.Experts(weights.experts(block), widest, dense.activation(),
                new Routing(Routing.Scores.METHOD, routing.active(), false, 1, 1, 1, Routing.GroupScore.BEST, false),
                shared, false);
    }

    private static int width(ModelWeights weights, int block, int expert) {
        return weights.find(block, Role.UP, expert).map(LinearOperator::outFeatures).orElse(0);
    }
}
