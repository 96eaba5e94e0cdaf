package lathe.gshard;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

import lathe.spi.Refusal;
import lathe.spi.autograd.Variable;
import lathe.spi.model.ModelInfo;
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
import lathe.spi.tensor.Tensor;

/**
 * GShard's top-2 routing (arXiv 2006.16668, algorithm 1) with the policies of torchscale (xmoe/routing.py, top2gating) and
 * DeepSpeed (deepspeed/moe/sharded_moe.py, top2gating). All first choices take their places before any second one. Ties
 * go to the lower expert.
 *
 * <p>The balance loss counts first choices before dropping. Padding takes no place and is not counted in its shares, but
 * does count in its mean probabilities, as in torchscale.
 */
final class GshardRouter implements TrainableRouter {
    private static final int CHOICES = 2;
    /** Spacing of float32 at 1: torchscale and DeepSpeed divide by no less. */
    private static final float SMALLEST_SUM = 0x1p-23f;

    private final GshardConfig config;

    GshardRouter(GshardConfig config) {
        this.config = config;
    }

    @Override
    public Optional<Refusal> refuses(ModelInfo model) {
        return model.experts() == 1
                ? Optional
                        .of(Refusal.because("gshard-top2 needs at least two experts, but " + model.name() + " has one"))
                : Optional.empty();
    }

    @Override
    public Routing route(RoutingScene scene) {
        RouterLogits logits = RouterLogits.of(scene);
        GshardConfig.SecondPolicy policy = policy(scene);
        ExpertSlots slots = choose(logits, policy, scene);
        if (config.normalise() == GshardConfig.Normalise.BEFORE) {
            slots.normalise(SMALLEST_SUM);
        }
        if (policy == GshardConfig.SecondPolicy.RANDOM) {
            keepSomeSeconds(slots, scene);
        }
        scene.padding().ifPresent(slots::clear);
        int[] load = slots.load();
        scene.note("load", scene.scope().of(load, load.length));
        RoutingLoad first = RoutingLoad.of(logits.probabilities(), slots.load(0));
        int asked = slots.used();
        limit(slots, logits, scene);
        if (config.normalise() == GshardConfig.Normalise.AFTER) {
            slots.normalise(SMALLEST_SUM);
        }
        Map<String, Double> values = RoutingLoad.of(logits.probabilities(), load).statistics();
        values.put("dropped", (double) asked - slots.used());
        putLosses(values, first.balanceLoss(), logits);
        return slots.routing(scene.scope(), values);
    }

    private GshardConfig.SecondPolicy policy(RoutingScene scene) {
        return config.secondPolicy().orElse(
                scene.training() ? GshardConfig.SecondPolicy.SAMPLING : GshardConfig.SecondPolicy.SECOND);
    }

    @Override
    public RoutingGraph differentiate(RoutingVariables variables, RoutingScene scene, Routing chosen) {
        Variable probabilities = variables.logits().softmax();
        ExpertSlots asked = choose(RouterLogits.of(scene), policy(scene), scene);
        // What is dropped counts in the sum that it was divided by before.
        Variable weights = config.normalise() == GshardConfig.Normalise.BEFORE
                ? RoutingGraph.normalised(
                        probabilities.gather(asked.routing(scene.scope(), Map.of()).experts()), SMALLEST_SUM)
                        .multiply(variables.logits().tape().constant(used(chosen.experts())))
                : RoutingGraph.normalised(probabilities.gather(chosen.experts()), SMALLEST_SUM);
        scene.padding().ifPresent(asked::clear);
        Variable balance = RoutingGraph.balanceLoss(probabilities, asked.load(0));
        Variable z = RoutingGraph.zLoss(variables.logits()).multiply(config.z() == 0 ? 0 : 1);
        return new RoutingGraph(weights, Map.of("balance_loss", balance, "z_loss", z,
                "loss", balance.multiply(config.aux()).add(z.multiply(config.z()))));
    }

    /** 1 where a slot has an expert. */
    private static Tensor used(Tensor experts) {
        return experts.map(expert -> expert < 0 ? 0 : 1);
    }

    private static ExpertSlots choose(RouterLogits logits, GshardConfig.SecondPolicy policy, RoutingScene scene) {
        ExpertSlots slots = ExpertSlots.best(logits.values(), logits.probabilities(), CHOICES);
        if (slots.slots() == CHOICES && policy == GshardConfig.SecondPolicy.SAMPLING) {
            sampleSeconds(slots, logits, scene);
        }
        scene.note("first", scene.scope().of(slots.column(0), slots.tokens()));
        if (slots.slots() == CHOICES) {
            scene.note("second", scene.scope().of(slots.column(1), slots.tokens()));
        }
        return slots;
    }

    /** The largest noisy logit of all but the first expert: a draw from the other experts' probabilities. */
    private static void sampleSeconds(ExpertSlots slots, RouterLogits logits, RoutingScene scene) {
        int experts = logits.experts();
        Optional<Tensor> given = scene.draws("gumbel");
        float[] row = new float[experts];
        for (int token = 0; token < slots.tokens(); token++) {
            logits.values().copyRow(token, row);
            int best = -1;
            for (int expert = 0; expert < experts; expert++) {
                row[expert] += (float) (given.isPresent()
                        ? given.get().get(token, expert)
                        : gumbel(scene.random().uniform((long) token * experts + expert)));
                if (expert != slots.expert(token, 0) && (best < 0 || row[expert] > row[best])) {
                    best = expert;
                }
            }
            slots.put(token, 1, best, (float) logits.probabilities().get(token, best));
        }
    }

    private static double gumbel(double uniform) {
        return -Math.log(-Math.log(uniform));
    }

    /** Second choices stay with a probability of twice their weight; the others take no place. */
    private static void keepSomeSeconds(ExpertSlots slots, RoutingScene scene) {
        float[] given = scene.draws("uniform").map(Tensor::toFloats).orElse(null);
        for (int token = 0; slots.slots() == CHOICES && token < slots.tokens(); token++) {
            float draw = given == null ? (float) scene.random().uniform(token) : given[token];
            if (!(2 * slots.weight(token, 1) > draw)) {
                slots.clear(token, 1);
            }
        }
    }

    private void limit(ExpertSlots slots, RouterLogits logits, RoutingScene scene) {
        int capacity = config.drop() == GshardConfig.Drop.NONE
                ? Arrays.stream(slots.load()).max().orElse(0)
                : capacity(slots.tokens(), slots.experts(), scene.training());
        scene.note("capacity", capacity);
        int[] tokens = config.batchPrioritised()
                ? SlotOrder.byDescending(logits.probabilities().max(1).toFloats())
                : SlotOrder.byPosition(slots.tokens());
        int[] places = slots.limit(new int[] {capacity}, new int[] {slots.tokens()},
                SlotOrder.firstChoicesFirst(tokens, slots.slots()));
        note("first_position", places, 0, slots, scene);
        if (slots.slots() == CHOICES) {
            note("second_position", places, 1, slots, scene);
        }
    }

    private int capacity(int tokens, int experts, boolean training) {
        if (!training && config.evalCapacityFraction() > 0) {
            return (int) Math.ceil(config.evalCapacityFraction() * tokens);
        }
        return config.capacityFactor()
                .map(factor -> CapacityRule.CEILING.places(factor, CHOICES, tokens, experts, config.minCapacity()))
                .orElseGet(() -> CapacityRule.CEILING_FIRST.places(1, CHOICES, tokens, experts, 0));
    }

    private static void note(String name, int[] places, int choice, ExpertSlots slots, RoutingScene scene) {
        int[] column = new int[slots.tokens()];
        for (int token = 0; token < column.length; token++) {
            column[token] = places[token * slots.slots() + choice];
        }
        scene.note(name, scene.scope().of(column, column.length));
    }

    private void putLosses(Map<String, Double> values, double balance, RouterLogits logits) {
        double z = config.z() == 0 ? 0 : logits.zLoss();
        values.put("balance_loss", balance);
        values.put("z_loss", z);
        values.put("loss", config.aux() * balance + config.z() * z);
    }
}
