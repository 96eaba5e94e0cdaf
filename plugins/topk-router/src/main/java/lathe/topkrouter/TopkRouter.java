package lathe.topkrouter;

import java.util.Map;

import lathe.spi.LatheException;
import lathe.spi.router.Router;
import lathe.spi.router.Routing;
import lathe.spi.router.RoutingScene;
import lathe.spi.tensor.Tensor;

/**
 * Softmax top-k routing, as in Mixtral (arXiv 2401.04088), Qwen2-MoE and OLMoE (transformers' implementations), with the
 * optional capacity of DeepSpeed (deepspeed/moe/sharded_moe.py, topkgating): all k choices of a token count alike, and
 * what is kept shares the weight of what was dropped.
 *
 * <p>Ties go to the lower expert, which PyTorch leaves open. The balance loss is Megatron's: E/k * sum P_e f_e with f_e the
 * share of tokens that have e among their k, 1 when balanced.
 */
final class TopkRouter implements Router {
    private final TopkConfig config;

    TopkRouter(TopkConfig config) {
        this.config = config;
    }

    @Override
    public Routing route(RoutingScene scene) {
        Tensor logits = scene.logits().in(scene.scope());
        int tokens = logits.size(0);
        int experts = logits.size(1);
        int k = Math.min(scene.expertsPerToken(), experts);
        refuseNaN(logits, scene.block());
        if (scene.training() && k == 1 && config.order() == TopkConfig.Order.MIXTRAL) {
            throw new LatheException("With one expert a token the order mixtral gives every expert the weight 1, so that"
                    + " the router cannot learn; use order = raw.");
        }
        Tensor probabilities = logits.softmax();
        Tensor chosen = logits.topK(k);
        Choices choices = new Choices(chosen.toInts(), pick(probabilities, chosen, k), tokens, experts, k);
        int[] load = choices.load();
        scene.note("load", scene.scope().of(load, experts));
        int dropped = config.capacityFactor().map(factor -> limit(choices, factor, scene)).orElse(0);
        if (config.order() == TopkConfig.Order.MIXTRAL) {
            choices.normalise();
        }
        double loss = balanceLoss(probabilities, load, k);
        return new Routing(scene.scope().of(choices.experts(), tokens, k),
                scene.scope().of(choices.weights(), tokens, k), Map.of("balance_loss", loss, "dropped", (double) dropped));
    }

    private int limit(Choices choices, double factor, RoutingScene scene) {
        // In float32 as the reference, so that 3 * 0.8 * 5 is 12 and not a little more.
        float mean = (float) choices.tokens() / choices.expertCount();
        int capacity = Math.max(config.minCapacity(), (int) Math.ceil(mean * (float) (factor * choices.k())));
        scene.note("capacity", capacity);
        return choices.dropOver(capacity, config.drop());
    }

    private static float[] pick(Tensor probabilities, Tensor chosen, int k) {
        float[] weights = new float[chosen.size(0) * k];
        for (int token = 0; token < chosen.size(0); token++) {
            for (int slot = 0; slot < k; slot++) {
                weights[token * k + slot] = (float) probabilities.get(token, (int) chosen.get(token, slot));
            }
        }
        return weights;
    }

    private static double balanceLoss(Tensor probabilities, int[] load, int k) {
        Tensor mean = probabilities.mean(0);
        double sum = 0;
        for (int expert = 0; expert < load.length; expert++) {
            sum += mean.get(expert) * load[expert] / probabilities.size(0);
        }
        return sum * load.length / k;
    }

    private static void refuseNaN(Tensor logits, int block) {
        float[] row = new float[logits.size(1)];
        for (int token = 0; token < logits.size(0); token++) {
            logits.copyRow(token, row);
            for (int expert = 0; expert < row.length; expert++) {
                if (Float.isNaN(row[expert])) {
                    throw new IllegalArgumentException("The router logit of expert " + expert + " for token " + token
                            + " in block " + block + " is NaN.");
                }
            }
        }
    }
}
