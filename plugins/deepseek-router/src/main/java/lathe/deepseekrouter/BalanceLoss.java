package lathe.deepseekrouter;

import lathe.spi.router.ExpertSlots;
import lathe.spi.router.RoutingLoad;
import lathe.spi.router.RoutingScene;
import lathe.spi.tensor.Tensor;

/**
 * The balance loss of DeepSeek (arXiv 2412.19437, eqs. 17 to 20) before its coefficient: sum over experts of f_e p_e with
 * f_e = E / (k T) times the tokens of expert e and p_e the mean of its scores, which a token's scores are divided by their
 * sum for. 1 when balanced. Taken in each sequence and averaged, or over the batch.
 */
final class BalanceLoss {
    private BalanceLoss() {}

    static double of(Tensor scores, ExpertSlots slots, DeepseekConfig config, RoutingScene scene) {
        Tensor shares = config.score() == DeepseekConfig.Score.SOFTMAX ? scores : shares(scores);
        int[] lengths = config.level() == DeepseekConfig.Level.SEQUENCE
                ? scene.sequenceLengths()
                : new int[] {slots.tokens()};
        double sum = 0;
        int from = 0;
        for (int length : lengths) {
            int[] load = load(slots, from, from + length);
            sum += RoutingLoad.of(shares, load, from, from + length).balanceLossPerChoice(slots.slots());
            from += length;
        }
        return lengths.length == 0 ? 0 : sum / lengths.length;
    }

    private static int[] load(ExpertSlots slots, int from, int to) {
        int[] load = new int[slots.experts()];
        for (int token = from; token < to; token++) {
            for (int choice = 0; choice < slots.slots(); choice++) {
                int expert = slots.expert(token, choice);
                if (expert != ExpertSlots.NONE) {
                    load[expert]++;
                }
            }
        }
        return load;
    }

    private static Tensor shares(Tensor scores) {
        float[] sums = scores.sum(1).toFloats();
        for (int token = 0; token < sums.length; token++) {
            sums[token] = sums[token] == 0 ? 0 : 1 / sums[token];
        }
        return scores.scaleRows(scores.scope().of(sums, sums.length));
    }
}
