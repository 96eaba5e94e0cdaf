package lathe.cmoe;

import java.util.Map;
import java.util.Optional;

import lathe.spi.LatheException;
import lathe.spi.Refusal;
import lathe.spi.model.ModelInfo;
import lathe.spi.router.ExpertSlots;
import lathe.spi.router.Router;
import lathe.spi.router.Routing;
import lathe.spi.router.RoutingScene;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * The router of a carved model: the activation of each expert's representative, z = |(Ru u) silu(Rg u)|, p = softmax(z), the
 * largest p + b, and the weight 1 + c p for each. The logits of the scene are Rg u.
 */
final class CmoeRouter implements Router {
    /** Ru, [experts, hidden]. */
    static final String UP = "router_up";
    /** c, [experts]. */
    static final String SCALE = "scale";
    /** b, [experts]: changes the choice, never the weight. */
    static final String BIAS = "bias";

    CmoeRouter(CmoeRouterConfig config) {
        // Everything comes with the model.
    }

    @Override
    public Routing route(RoutingScene scene) {
        Scope scope = scene.scope();
        Tensor score = score(scene.logits().in(scope), scene.hidden().in(scope), parameter(scene, UP));
        Tensor probability = score.softmax();
        scene.note("score", score);
        scene.note("probability", probability);
        ExpertSlots slots = choose(
                probability, parameter(scene, BIAS), parameter(scene, SCALE), scene.expertsPerToken());
        scene.padding().ifPresent(slots::clear);
        int[] load = slots.load();
        scene.note("load", scope.of(load, load.length));
        return slots.routing(scope, Map.of());
    }

    @Override
    public Optional<Refusal> refuses(ModelInfo model) {
        return model.features().contains("routed-by-cmoe")
                ? Optional.empty()
                : Optional.of(
                        Refusal.because("It routes by the representatives of experts that convert = cmoe has made, and "
                                + model.name() + " has none."));
    }

    private static Tensor parameter(RoutingScene scene, String name) {
        return scene.parameter(name).orElseThrow(() -> new LatheException("The router cmoe finds no '" + name
                + "' in block " + scene.block() + ": it runs models that were made by convert = cmoe."))
                .in(scene.scope());
    }

    /**
     * Activations of the representatives.
     *
     * @param gated  [n, experts] Rg u
     * @param hidden [n, hidden] u
     * @param up     [experts, hidden] Ru
     */
    static Tensor score(Tensor gated, Tensor hidden, Tensor up) {
        return gated.map(x -> x / (1 + Math.exp(-x))).multiply(hidden.matmulTransposed(up)).abs();
    }

    static ExpertSlots choose(Tensor probability, Tensor bias, Tensor scale, int active) {
        Tensor biased = probability.copy();
        Tensor weights = probability.copy();
        for (int token = 0; token < probability.size(0); token++) {
            for (int expert = 0; expert < probability.size(1); expert++) {
                double p = probability.get(token, expert);
                biased.set(p + bias.get(expert), token, expert);
                weights.set(1 + scale.get(expert) * p, token, expert);
            }
        }
        return ExpertSlots.best(biased, weights, active);
    }
}
