package lathe.mcmoe;

import java.util.Arrays;

import lathe.spi.router.ExpertSlots;
import lathe.spi.tensor.Selection;
import lathe.spi.tensor.Tensor;

/** Steps 7 to 9 for the tokens of one sequence. */
final class OnlinePruning {
    private OnlinePruning() {}

    /**
     * Importance where the attention is not known, as the released code has it: the sum of a query's probabilities is 1.
     *
     * @param hidden [n, hidden]
     * @return ||x||_1 / (n - j)
     */
    static float[] importance(Tensor hidden, int from, int to) {
        float[] importance = new float[to - from];
        float[] row = new float[hidden.size(1)];
        for (int j = 0; j < importance.length; j++) {
            hidden.copyRow(from + j, row);
            double sum = 0;
            for (float number : row) {
                sum += Math.abs(number);
            }
            importance[j] = (float) (sum / (importance.length - j));
        }
        return importance;
    }

    /**
     * Leaves experts out and shares their weights among those of the token that stay.
     *
     * @param slots      two or more choices a token, the best first; changed
     * @param from       first token of the sequence
     * @param importance of its tokens
     * @param mu         ratio below which a second expert goes
     */
    static void prune(ExpertSlots slots, int from, float[] importance, double mu, double tauHigh, double tauLow) {
        int tokens = importance.length;
        boolean[] both = new boolean[tokens];
        boolean[] none = new boolean[tokens];
        if (tokens > 1) {
            mark(both, importance, (int) Math.floor(tauHigh * tokens));
            float[] negative = importance.clone();
            for (int i = 0; i < tokens; i++) {
                negative[i] = -negative[i];
            }
            mark(none, negative, (int) Math.floor(tauLow * tokens));
        }
        for (int i = 0; i < tokens; i++) {
            if (none[i]) {
                clear(slots, from + i);
            } else if (!both[i]) {
                leaveOutBelow(mu, slots, from + i);
            }
        }
    }

    private static void leaveOutBelow(double mu, ExpertSlots slots, int token) {
        float before = sum(slots, token);
        boolean all = true;
        for (int slot = slots.slots() - 1; slot > 0; slot--) {
            if (slots.weight(token, slot) < mu * slots.weight(token, 0)) {
                slots.clear(token, slot);
                all = false;
            }
        }
        // A token that loses nothing keeps its weights to the bit.
        if (!all) {
            share(before, slots, token);
        }
    }

    private static void share(float weight, ExpertSlots slots, int token) {
        float rest = sum(slots, token);
        for (int slot = 0; rest > 0 && slot < slots.slots(); slot++) {
            int expert = slots.expert(token, slot);
            if (expert != ExpertSlots.NONE) {
                slots.put(token, slot, expert, slots.weight(token, slot) / rest * weight);
            }
        }
    }

    private static float sum(ExpertSlots slots, int token) {
        float sum = 0;
        for (int slot = 0; slot < slots.slots(); slot++) {
            sum += slots.weight(token, slot);
        }
        return sum;
    }

    private static void clear(ExpertSlots slots, int token) {
        for (int slot = 0; slot < slots.slots(); slot++) {
            slots.clear(token, slot);
        }
    }

    private static void mark(boolean[] marks, float[] scores, int count) {
        for (int index : Selection.indices(Selection.largest(Arrays.copyOf(scores, scores.length), count))) {
            marks[index] = true;
        }
    }
}
