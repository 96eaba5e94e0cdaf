package lathe.topkrouter;

import java.util.Map;

import lathe.spi.LatheException;
import lathe.spi.autograd.Variable;
import lathe.spi.router.CapacityRule;
import lathe.spi.router.ExpertSlots;
import lathe.spi.router.RouterLogits;
import lathe.spi.router.Routing;
import lathe.spi.router.RoutingGraph;
import lathe.spi.router.RoutingLoad;
import lathe.spi.router.RoutingScene;
import lathe.spi.router.RoutingVariables;
import lathe.spi.router.SlotOrder;
import lathe.spi.router.TrainableRouter;

/**
 * Softmax top-k routing, as in Mixtral (arXiv 2401.04088), Qwen2-MoE and OLMoE (transformers' implementations), with the
 * optional capacity of DeepSpeed (deepspeed/moe/sharded_moe.py, topkgating): all k choices of a token count alike, and
 * what is kept shares the weight of what was dropped.
 *
 * <p>Ties go to the lower expert, which PyTorch leaves open. The balance loss is Megatron's: E/k * sum P_e f_e with f_e the
 * share of tokens that have e among their k, 1 when balanced.
 */
final class TopkRouter implements TrainableRouter {
    private final TopkConfig config;

    TopkRouter(TopkConfig config) {
        this.config = config;
    }

    @Override
    public Routing route(RoutingScene scene) {
        RouterLogits logits = RouterLogits.of(scene);
        int k = Math.min(scene.expertsPerToken(), logits.experts());
        if (scene.training() && k == 1 && config.order() == TopkConfig.Order.MIXTRAL) {
            throw new LatheException(
                    "With one expert a token the order mixtral gives every expert the weight 1, so that"
                            + " the router cannot learn; use order = raw.");
        }
        ExpertSlots slots = ExpertSlots.best(logits.values(), logits.probabilities(), k);
        scene.padding().ifPresent(slots::clear);
        int[] load = slots.load();
        scene.note("load", scene.scope().of(load, load.length));
        int asked = slots.used();
        config.capacityFactor().ifPresent(factor -> limit(slots, factor, scene));
        if (config.order() == TopkConfig.Order.MIXTRAL) {
            slots.normalise(0);
        }
        RoutingLoad spread = RoutingLoad.of(logits.probabilities(), load);
        Map<String, Double> values = spread.statistics();
        values.put("balance_loss", spread.balanceLossPerChoice(k));
        values.put("dropped", (double) asked - slots.used());
        return slots.routing(scene.scope(), values);
    }

    @Override
    public RoutingGraph differentiate(RoutingVariables variables, RoutingScene scene, Routing chosen) {
        Variable probabilities = variables.logits().softmax();
        Variable weights = probabilities.gather(chosen.experts());
        if (config.order() == TopkConfig.Order.MIXTRAL) {
            weights = RoutingGraph.normalised(weights, 0);
        }
        int k = chosen.experts().size(1);
        ExpertSlots asked = ExpertSlots.best(scene.logits(), scene.logits(), k);
        scene.padding().ifPresent(asked::clear);
        return new RoutingGraph(weights, Map.of("balance_loss",
                RoutingGraph.balanceLoss(probabilities, asked.load()).multiply(1.0 / k)));
    }

    private void limit(ExpertSlots slots, double factor, RoutingScene scene) {
        int capacity = CapacityRule.CEILING.places(factor, slots.slots(), slots.tokens(), slots.experts(),
                config.minCapacity());
        scene.note("capacity", capacity);
        int[] order = config.drop() == TopkConfig.Drop.POSITION
                ? SlotOrder.byPosition(slots.tokens() * slots.slots())
                : SlotOrder.byDescending(slots.weights());
        slots.limit(new int[] {capacity}, new int[] {slots.tokens()}, order);
    }
}
