package lathe.mcmoe;

import java.util.Map;
import java.util.Optional;

import lathe.spi.Refusal;
import lathe.spi.model.ModelInfo;
import lathe.spi.router.ExpertSlots;
import lathe.spi.router.Router;
import lathe.spi.router.RouterLogits;
import lathe.spi.router.Routing;
import lathe.spi.router.RoutingScene;

/**
 * ODP of the Mixture Compressor (arXiv 2410.06270; authors' code: models/wrapper.py). The weights of the experts that stay sum
 * to 1. Importance is the released code's, ||x||_1 / (n - j): a router does not see the attention, whose sums over the queries
 * the paper means.
 */
final class OnlinePruningRouter implements Router {
    private final OnlinePruningConfig config;

    OnlinePruningRouter(OnlinePruningConfig config) {
        this.config = config;
    }

    @Override
    public Routing route(RoutingScene scene) {
        RouterLogits logits = RouterLogits.of(scene);
        ExpertSlots slots = ExpertSlots.best(
                logits.values(), logits.probabilities(), Math.min(scene.expertsPerToken(), logits.experts()));
        scene.padding().ifPresent(slots::clear);
        int asked = slots.used();
        if (config.isActive(scene.block())) {
            int from = 0;
            for (int length : scene.sequenceLengths()) {
                float[] importance = OnlinePruning.importance(scene.hidden(), from, from + length);
                OnlinePruning.prune(slots, from, importance, config.mu(scene.block()), config.tauHigh(),
                        config.tauLow());
                from += length;
            }
        }
        slots.normalise(0);
        int[] load = slots.load();
        scene.note("load", scene.scope().of(load, load.length));
        return slots.routing(scene.scope(), Map.of("dropped", (double) asked - slots.used()));
    }

    @Override
    public Optional<Refusal> refuses(ModelInfo model) {
        return config.mu().size() > 1 && config.mu().size() != model.blocks()
                ? Optional.of(Refusal.because("The router mc-moe is given " + config.mu().size() + " ratios mu, but "
                        + model.name() + " has " + model.blocks()
                        + " blocks; one for all, or one each, would be right."))
                : Optional.empty();
    }
}
