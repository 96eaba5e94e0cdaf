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
 * ODP of the Mixture Compressor (arXiv 2410.06270; authors' code: models/wrapper.py) on whatever the model's own gate chooses.
 *
 * <p>Differences from the paper: the experts of a token that stay share the weight that all of its experts had, which is 1 in
 * the paper's Mixtral, so that a model that scales its weights, or does not make them sum to 1, stays itself where nothing is
 * left out. With more than two experts a token each after the first is held to the ratio. Importance is the released code's,
 * ||x||_1 / (n - j): a router does not see the attention, whose sums over the queries the paper means. {@code mu} and
 * {@code layers} are given: their choice on calibration data, mu as the median of a block's ratios and the blocks that lose
 * least with one expert a token, is not made here, since routers are not calibrated.
 */
final class OnlinePruningRouter implements Router {
    private static final String CARVED = "routed-by-";

    private final OnlinePruningConfig config;

    OnlinePruningRouter(OnlinePruningConfig config) {
        this.config = config;
    }

    @Override
    public Routing route(RoutingScene scene) {
        RouterLogits logits = RouterLogits.of(scene);
        ExpertSlots slots = scene.modelRouting().map(own -> ExpertSlots.of(own, logits.experts()))
                .orElseGet(() -> mixtral(logits, scene.expertsPerToken()));
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
        int[] load = slots.load();
        scene.note("load", scene.scope().of(load, load.length));
        return slots.routing(scene.scope(), Map.of("dropped", (double) asked - slots.used()));
    }

    /** The paper's model, where there is no other. */
    private static ExpertSlots mixtral(RouterLogits logits, int expertsPerToken) {
        ExpertSlots slots = ExpertSlots.best(logits.values(), logits.probabilities(), expertsPerToken);
        slots.normalise(0);
        return slots;
    }

    @Override
    public Optional<Refusal> refuses(ModelInfo model) {
        Optional<String> carver = model.features().stream().filter(feature -> feature.startsWith(CARVED)).findFirst();
        if (carver.isPresent()) {
            return Optional.of(Refusal.because("The experts of " + model.name()
                    + " were made of dense networks and have no gate of their own, from whose choice the router mc-moe could"
                    + " leave experts out; they are chosen by the router " + carver.get().substring(CARVED.length())
                    + "."));
        }
        if (config.mu().size() > 1 && config.mu().size() != model.blocks()) {
            return Optional.of(Refusal.because("The router mc-moe is given " + config.mu().size() + " ratios mu, but "
                    + model.name() + " has " + model.blocks() + " blocks; one for all, or one each, would be right."));
        }
        return config.layers().stream().filter(layer -> layer < 0 || layer >= model.blocks()).findFirst()
                .map(layer -> Refusal.because("The router mc-moe is to leave experts out in block " + layer + ", but "
                        + model.name() + " has blocks 0 to " + (model.blocks() - 1) + "."));
    }
}
