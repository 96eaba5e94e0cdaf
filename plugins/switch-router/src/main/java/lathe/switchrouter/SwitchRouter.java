package lathe.switchrouter;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

import lathe.spi.LatheException;
import lathe.spi.autograd.Variable;
import lathe.spi.router.ExpertSlots;
import lathe.spi.router.RouterLogits;
import lathe.spi.router.Routing;
import lathe.spi.router.RoutingGraph;
import lathe.spi.router.RoutingLoad;
import lathe.spi.router.RoutingScene;
import lathe.spi.router.RoutingVariables;
import lathe.spi.router.SlotOrder;
import lathe.spi.router.TrainableRouter;
import lathe.spi.tensor.Tensor;

/**
 * Switch routing (arXiv 2101.03961, section 2): one expert a token, its probability as the weight, and a limited number
 * of places an expert. A token without a place goes to no expert, so that only the residual carries it. Ties go to the
 * lower expert.
 *
 * <p>Random dropping is DeepSpeed's random token selection (deepspeed/moe/sharded_moe.py, top1gating); the share of all
 * tokens outside of training is torchscale's (xmoe/routing.py, top1gating). Padding takes no place and is not counted in
 * the balance loss's shares, but does count in its mean probabilities, as in torchscale.
 */
final class SwitchRouter implements TrainableRouter {
    private static final double TRAINING_FACTOR = 1.25;
    private static final double SERVING_FACTOR = 2;

    private final SwitchConfig config;

    SwitchRouter(SwitchConfig config) {
        this.config = config;
    }

    @Override
    public Routing route(RoutingScene scene) {
        RouterLogits logits = logits(scene);
        ExpertSlots slots = ExpertSlots.best(logits.values(), logits.probabilities(), 1);
        scene.note("expert", scene.scope().of(slots.column(0), slots.tokens()));
        scene.padding().ifPresent(slots::clear);
        int[] load = slots.load();
        scene.note("load", scene.scope().of(load, load.length));
        int asked = slots.used();
        if (config.drop() == SwitchConfig.Drop.NONE) {
            scene.note("capacity", Arrays.stream(load).max().orElse(0));
        } else {
            limit(slots, scene);
        }
        noteKept(slots, scene);
        RoutingLoad spread = RoutingLoad.of(logits.probabilities(), load);
        Map<String, Double> values = spread.statistics();
        values.put("dropped", (double) asked - slots.used());
        putLosses(values, spread.balanceLoss(), logits);
        return slots.routing(scene.scope(), values);
    }

    @Override
    public RoutingGraph differentiate(RoutingVariables variables, RoutingScene scene, Routing chosen) {
        Variable logits = jitters(scene)
                ? variables.hidden().multiply(variables.hidden().tape().constant(jitter(scene)))
                        .matmulTransposed(variables.parameter("router_weight"))
                : variables.logits();
        Variable probabilities = logits.softmax();
        ExpertSlots asked = ExpertSlots.best(logits.value(), logits.value(), 1);
        scene.padding().ifPresent(asked::clear);
        Variable balance = RoutingGraph.balanceLoss(probabilities, asked.load());
        Variable z = RoutingGraph.zLoss(logits).multiply(config.z() == 0 ? 0 : 1);
        return new RoutingGraph(probabilities.gather(chosen.experts()), Map.of("balance_loss", balance, "z_loss", z,
                "loss", balance.multiply(config.aux()).add(z.multiply(config.z()))));
    }

    private boolean jitters(RoutingScene scene) {
        return config.jitter() != 0 && (scene.training() || scene.draws("jitter").isPresent());
    }

    /** Logits of the input as it is, or in training of the jittered input; experts see the input itself. */
    private RouterLogits logits(RoutingScene scene) {
        if (!jitters(scene)) {
            return RouterLogits.of(scene);
        }
        Tensor weight = scene.parameter("router_weight")
                .orElseThrow(() -> new LatheException("The router switch jitters"
                        + " its input in training, for which it needs the router's weight in block " + scene.block()
                        + ", which is not there; set jitter = 0."));
        Tensor hidden = scene.hidden().in(scene.scope());
        return RouterLogits.of(hidden.multiply(jitter(scene)).matmulTransposed(weight), scene);
    }

    /** What the input is multiplied with: given draws, or the scene's. */
    private Tensor jitter(RoutingScene scene) {
        return scene.draws("jitter")
                .map(draws -> draws.in(scene.scope()).reshape(scene.hidden().shape().toArray()))
                .orElseGet(() -> factors(scene.hidden(), scene));
    }

    private Tensor factors(Tensor hidden, RoutingScene scene) {
        float[] factors = new float[Math.toIntExact(hidden.elements())];
        for (int i = 0; i < factors.length; i++) {
            factors[i] = (float) (1 + config.jitter() * (2 * scene.random().uniform(i) - 1));
        }
        return scene.scope().of(factors, hidden.shape().toArray());
    }

    private void limit(ExpertSlots slots, RoutingScene scene) {
        int[] lengths = config.capacityScope() == SwitchConfig.CapacityScope.SEQUENCE
                ? scene.sequenceLengths()
                : new int[] {slots.tokens()};
        int[] capacities = Arrays.stream(lengths)
                .map(tokens -> capacity(tokens, slots.experts(), scene.training()))
                .toArray();
        scene.note("capacity", Arrays.stream(capacities).max().orElse(0));
        int[] places = slots.limit(capacities, lengths, order(slots, scene));
        scene.note("position", scene.scope().of(places, places.length));
    }

    private int capacity(int tokens, int experts, boolean training) {
        if (config.capacity().isPresent()) {
            return config.capacity().get();
        }
        if (!training && config.evalCapacityFraction() > 0) {
            return (int) Math.ceil(config.evalCapacityFraction() * tokens);
        }
        double factor = config.capacityFactor().orElse(training ? TRAINING_FACTOR : SERVING_FACTOR);
        return config.rounding().places(factor, 1, tokens, experts, config.minCapacity());
    }

    private int[] order(ExpertSlots slots, RoutingScene scene) {
        if (config.drop() == SwitchConfig.Drop.POSITION) {
            return SlotOrder.byPosition(slots.tokens());
        }
        // Given draws are one a token and expert, of which that of the chosen expert counts, as in DeepSpeed.
        Optional<Tensor> given = scene.draws("uniform");
        float[] keys = new float[slots.tokens()];
        for (int token = 0; token < keys.length; token++) {
            int expert = Math.max(slots.expert(token, 0), 0);
            keys[token] = given.isPresent()
                    ? (float) given.get().get(token, expert)
                    : (float) scene.random().uniform(token);
        }
        return SlotOrder.byDescending(keys);
    }

    private static void noteKept(ExpertSlots slots, RoutingScene scene) {
        int[] kept = Arrays.stream(slots.column(0)).map(expert -> expert == ExpertSlots.NONE ? 0 : 1).toArray();
        scene.note("kept", scene.scope().of(kept, kept.length));
    }

    private void putLosses(Map<String, Double> values, double balance, RouterLogits logits) {
        double z = config.z() == 0 ? 0 : logits.zLoss();
        values.put("balance_loss", balance);
        values.put("z_loss", z);
        values.put("loss", config.aux() * balance + config.z() * z);
    }
}
