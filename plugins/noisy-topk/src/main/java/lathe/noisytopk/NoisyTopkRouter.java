package lathe.noisytopk;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

import lathe.spi.LatheException;
import lathe.spi.autograd.Tape;
import lathe.spi.autograd.Variable;
import lathe.spi.router.ExpertSlots;
import lathe.spi.router.RouterLogits;
import lathe.spi.router.Routing;
import lathe.spi.router.RoutingGraph;
import lathe.spi.router.RoutingLoad;
import lathe.spi.router.RoutingScene;
import lathe.spi.router.RoutingVariables;
import lathe.spi.router.TrainableRouter;
import lathe.spi.tensor.Tensor;

/**
 * Noisy top-k gating (arXiv 1701.06538, eqs. 3 to 5 and 8 to 11): softmax over the k largest of H + N(0, 1) sd, with
 * sd = softplus(x W_n^T) + floor. The floor is in the authors' code (tensor2tensor, expert_utils.py) and not in the
 * paper. Outside of training there is no noise, and the load is the number of tokens. Ties go to the lower expert.
 *
 * <p>Noise that is given from outside is added whether or not the model is being trained.
 */
final class NoisyTopkRouter implements TrainableRouter {
    private final NoisyTopkConfig config;

    NoisyTopkRouter(NoisyTopkConfig config) {
        this.config = config;
    }

    @Override
    public Routing route(RoutingScene scene) {
        RouterLogits clean = RouterLogits.of(scene);
        Optional<Noise> noise = noise(clean, scene);
        Tensor noisy = noise.map(some -> clean.values().add(some.values())).orElse(clean.values());
        ExpertSlots slots = ExpertSlots.best(noisy, noisy, scene.expertsPerToken());
        slots.softmax();
        double[] load = noise.filter(some -> slots.slots() < slots.experts())
                .map(some -> SmoothLoad.of(clean.values(), noisy, some.deviations(), slots.slots()).sum())
                .orElseGet(() -> Arrays.stream(slots.load()).asDoubleStream().toArray());
        scene.padding().ifPresent(slots::clear);
        double[] importance = importance(slots);
        scene.note("gates", () -> slots.combine(scene.scope()));
        scene.note("importance", vector(importance, scene));
        scene.note("load", vector(load, scene));
        Map<String, Double> values = RoutingLoad.of(clean.probabilities(), slots.load()).statistics();
        double importanceLoss = RoutingLoad.squaredVariation(importance);
        double loadLoss = RoutingLoad.squaredVariation(load);
        values.put("importance_loss", importanceLoss);
        values.put("load_loss", loadLoss);
        values.put("loss", config.wImportance() * importanceLoss + config.wLoad() * loadLoss);
        return slots.routing(scene.scope(), values);
    }

    @Override
    public RoutingGraph differentiate(RoutingVariables variables, RoutingScene scene, Routing chosen) {
        Variable clean = variables.logits();
        Tape tape = clean.tape();
        Optional<Variable> deviations = noisy(scene)
                ? Optional.of(variables.hidden().matmulTransposed(variables.parameter("noise_weight"))
                        .map(x -> softplus(x) + config.noiseFloor(), x -> 1 / (1 + Math.exp(-x))))
                : Optional.empty();
        Variable noisy = deviations
                .map(some -> clean.add(some.multiply(tape.constant(draws(clean.value(), scene))))).orElse(clean);
        Variable gates = noisy.add(tape.constant(unchosen(chosen.experts(), clean.value()))).softmax();
        Variable importance = RoutingLoad.squaredVariation(gates.sum(0));
        // Counts of tokens have no slope.
        Variable load = deviations.filter(some -> chosen.experts().size(1) < clean.value().size(1))
                .map(some -> RoutingLoad.squaredVariation(
                        SmoothLoad.of(clean, noisy, some, chosen.experts().size(1))))
                .orElseGet(() -> tape.constant(tape.scope().zeros(1).fill(chosen.values().get("load_loss"))));
        return new RoutingGraph(gates.gather(chosen.experts()), Map.of("importance_loss", importance, "load_loss",
                load, "loss", importance.multiply(config.wImportance()).add(load.multiply(config.wLoad()))));
    }

    /** Minus infinity where a token does not go; a token without experts, which is padding, gives nothing but zeros. */
    private static Tensor unchosen(Tensor experts, Tensor like) {
        Tensor mask = like.scope().zeros(like.size(0), like.size(1)).fill(Double.NEGATIVE_INFINITY);
        for (int token = 0; token < experts.size(0); token++) {
            for (int slot = 0; slot < experts.size(1); slot++) {
                if (experts.get(token, slot) >= 0) {
                    mask.set(0, token, (int) experts.get(token, slot));
                }
            }
        }
        return mask;
    }

    private static boolean noisy(RoutingScene scene) {
        return scene.training() || scene.draws("noise").isPresent();
    }

    /**
     * Noise of a pass.
     *
     * @param values     what is added to the logits, [n, experts]
     * @param deviations its standard deviations, [n, experts]
     */
    private record Noise(Tensor values, Tensor deviations) {}

    private Optional<Noise> noise(RouterLogits clean, RoutingScene scene) {
        if (!noisy(scene)) {
            return Optional.empty();
        }
        Tensor weight = scene.parameter("noise_weight")
                .orElseThrow(() -> new LatheException("The router noisy-topk needs"
                        + " the weight of its noise (noise_weight, [experts, hidden]) in training, but block "
                        + scene.block()
                        + " has none."));
        Tensor deviations = scene.hidden().in(scene.scope()).matmulTransposed(weight)
                .map(value -> softplus(value) + config.noiseFloor());
        return Optional.of(new Noise(draws(clean.values(), scene).multiply(deviations), deviations));
    }

    private static double softplus(double value) {
        return Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value)));
    }

    private static Tensor draws(Tensor clean, RoutingScene scene) {
        Optional<Tensor> given = scene.draws("noise");
        if (given.isPresent()) {
            return given.get().in(scene.scope());
        }
        float[] draws = new float[Math.toIntExact(clean.elements())];
        for (int i = 0; i < draws.length; i++) {
            draws[i] = (float) scene.random().normal(i);
        }
        return scene.scope().of(draws, clean.shape().toArray());
    }

    private static double[] importance(ExpertSlots slots) {
        double[] importance = new double[slots.experts()];
        for (int token = 0; token < slots.tokens(); token++) {
            for (int choice = 0; choice < slots.slots(); choice++) {
                if (slots.expert(token, choice) != ExpertSlots.NONE) {
                    importance[slots.expert(token, choice)] += slots.weight(token, choice);
                }
            }
        }
        return importance;
    }

    private static Tensor vector(double[] values, RoutingScene scene) {
        Tensor vector = scene.scope().zeros(values.length);
        for (int i = 0; i < values.length; i++) {
            vector.set(values[i], i);
        }
        return vector;
    }
}
