package lathe.deepseekrouter;

import lathe.spi.autograd.Variable;
import lathe.spi.router.ExpertSlots;
import lathe.spi.router.RoutingGraph;
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

    /** The same on a tape: every score times its expert's share of the choices in its sequence, which are constants. */
    static Variable of(Variable scores, Tensor chosen, DeepseekConfig config, RoutingScene scene) {
        int tokens = chosen.size(0);
        int slots = chosen.size(1);
        int experts = scores.value().size(1);
        int[] all = chosen.toInts();
        int[] lengths = config.level() == DeepseekConfig.Level.SEQUENCE ? scene.sequenceLengths() : new int[] {tokens};
        float[] factors = new float[tokens * experts];
        int from = 0;
        for (int length : lengths) {
            double each = (double) experts / slots / Math.max(1, length) / Math.max(1, length) / lengths.length;
            float[] row = new float[experts];
            for (int slot = from * slots; slot < (from + length) * slots; slot++) {
                if (all[slot] != ExpertSlots.NONE) {
                    row[all[slot]] += (float) each;
                }
            }
            for (int token = from; token < from + length; token++) {
                System.arraycopy(row, 0, factors, token * experts, experts);
            }
            from += length;
        }
        Variable shares = config.score() == DeepseekConfig.Score.SOFTMAX ? scores : RoutingGraph.normalised(scores, 0);
        return shares.multiply(scores.tape().constant(scores.tape().scope().of(factors, tokens, experts))).sum();
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
