package lathe.deepseekrouter;

import java.util.Map;
import java.util.Optional;

import lathe.spi.LatheException;
import lathe.spi.Refusal;
import lathe.spi.autograd.Variable;
import lathe.spi.backend.Activation;
import lathe.spi.model.ModelInfo;
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
 * Routing of DeepSeek-V2 (arXiv 2405.04434) and DeepSeek-V3 (arXiv 2412.19437, eqs. 12 to 16; deepseek-ai/DeepSeek-V3,
 * inference/model.py, Gate). Experts are chosen by score + correction bias within the best groups; the weights come from
 * the scores without the bias. Ties go to the lower group and expert.
 *
 * <p>The shared experts are not routed: they belong to the model's block. The bias is a parameter of the checkpoint
 * ({@code correction_bias}) or absent; {@link BiasUpdate} moves it after a training step. Experts outside of the kept
 * groups can never be chosen (V3's minus infinity; V2's 0 is the same as long as the kept groups have k experts).
 */
final class DeepseekRouter implements TrainableRouter {
    /** V3 divides by the sum + 1e-20, which only matters where the sum is 0. */
    private static final float SMALLEST_SUM = 1e-20f;

    private final DeepseekConfig config;

    DeepseekRouter(DeepseekConfig config) {
        this.config = config;
    }

    @Override
    public Optional<Refusal> refuses(ModelInfo model) {
        return model.isMixtureOfExperts()
                ? misfit(model.experts(), model.expertsPerToken()).map(Refusal::because)
                : Optional.empty();
    }

    private Optional<String> misfit(int experts, int k) {
        if (!config.groupLimit() || config.groups() == 1) {
            return Optional.empty();
        }
        if (config.keptGroups() > config.groups()) {
            return Optional.of("kept-groups = " + config.keptGroups() + " is more than groups = " + config.groups());
        }
        if (experts % config.groups() != 0) {
            return Optional.of(experts + " experts do not split into " + config.groups() + " groups of equal size");
        }
        int reachable = experts / config.groups() * config.keptGroups();
        return k <= reachable ? Optional.empty()
                : Optional.of("a token goes to " + k + " experts, but " + config.keptGroups() + " of " + config.groups()
                        + " groups have only " + reachable + " of the " + experts + " experts");
    }

    @Override
    public Routing route(RoutingScene scene) {
        RouterLogits logits = RouterLogits.of(scene);
        int k = Math.min(scene.expertsPerToken(), logits.experts());
        misfit(logits.experts(), k).ifPresent(reason -> {
            throw new LatheException("The router deepseek does not fit block " + scene.block() + ": " + reason + ".");
        });
        Tensor scores = config.score() == DeepseekConfig.Score.SIGMOID
                ? logits.values().map(logit -> 1 / (1 + Math.exp(-logit)))
                : logits.probabilities();
        ExpertSlots slots = ExpertSlots.best(judged(scores, scene), scores, k);
        if (config.renormalises()) {
            slots.normalise(SMALLEST_SUM);
        }
        slots.scale(config.weightScale());
        scene.padding().ifPresent(slots::clear);
        int[] load = slots.load();
        scene.note("load", scene.scope().of(load, load.length));
        Map<String, Double> values = RoutingLoad.of(logits.probabilities(), load).statistics();
        double balance = BalanceLoss.of(scores, slots, config, scene);
        values.put("balance_loss", balance);
        values.put("loss", config.seqAux() * balance);
        return slots.routing(scene.scope(), values);
    }

    @Override
    public RoutingGraph differentiate(RoutingVariables variables, RoutingScene scene, Routing chosen) {
        Variable scores = config.score() == DeepseekConfig.Score.SIGMOID
                ? variables.logits().activate(Activation.SIGMOID)
                : variables.logits().softmax();
        Variable weights = scores.gather(chosen.experts());
        if (config.renormalises()) {
            weights = RoutingGraph.normalised(weights, SMALLEST_SUM);
        }
        Variable balance = BalanceLoss.of(scores, chosen.experts(), config, scene);
        return new RoutingGraph(weights.multiply(config.weightScale()),
                Map.of("balance_loss", balance, "loss", balance.multiply(config.seqAux())));
    }

    /** Scores with their correction, minus infinity outside of the kept groups. */
    private Tensor judged(Tensor scores, RoutingScene scene) {
        float[] bias = scene.parameter("correction_bias").map(Tensor::toFloats).orElse(null);
        boolean limited = config.groupLimit() && config.groups() > 1 && config.keptGroups() < config.groups();
        if (bias == null && !limited) {
            return scores;
        }
        Tensor judged = scores.copy();
        Groups groups = new Groups(scores.size(1), config.groups(), config.keptGroups(), config.groupScoreOrDefault());
        float[] row = new float[scores.size(1)];
        for (int token = 0; token < scores.size(0); token++) {
            judged.copyRow(token, row);
            if (bias != null) {
                correct(row, bias, scene.block());
            }
            if (limited) {
                groups.mask(row);
            }
            judged.setRow(token, row);
        }
        return judged;
    }

    private static void correct(float[] row, float[] bias, int block) {
        if (bias.length != row.length) {
            throw new LatheException("The correction bias of block " + block + " has " + bias.length + " numbers for "
                    + row.length + " experts.");
        }
        for (int expert = 0; expert < row.length; expert++) {
            row[expert] += bias[expert];
            if (Float.isNaN(row[expert])) {
                throw new LatheException("The correction bias of expert " + expert + " in block " + block + " is "
                        + bias[expert] + ", so that no expert can be chosen.");
            }
        }
    }
}
