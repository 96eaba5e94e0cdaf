package lathe.expertchoice;

import java.util.Arrays;

import lathe.spi.router.ExpertSlots;
import lathe.spi.tensor.Tensor;

/** Who has chosen whom so far, and the probabilities to choose by. */
final class Choosing {
    private final Tensor probabilities;
    private final boolean[] padding;
    private final int experts;
    /** Whether expert e takes token t: [t * experts + e]. */
    private final boolean[] taken;

    Choosing(Tensor probabilities, boolean[] padding) {
        this.probabilities = probabilities;
        this.padding = padding;
        this.experts = probabilities.size(1);
        this.taken = new boolean[padding.length * experts];
    }

    /** Tokens that are no padding. */
    int real(int from, int to) {
        int real = 0;
        for (int token = from; token < to; token++) {
            real += padding[token] ? 0 : 1;
        }
        return real;
    }

    /**
     * Every expert takes its best tokens of a group.
     *
     * @param from     first token of the group
     * @param to       token after the last
     * @param capacity tokens of an expert, at most as many as are real
     * @return the tokens of every expert, counted from the group's first
     */
    int[][] byExperts(int from, int to, int capacity) {
        // One row an expert; padding is below every probability.
        Tensor scores = probabilities.slice(0, from, to).transpose().copy();
        for (int token = from; token < to; token++) {
            for (int expert = 0; padding[token] && expert < experts; expert++) {
                scores.set(-1, expert, token - from);
            }
        }
        int[] best = scores.topK(capacity).toInts();
        int[][] chosen = new int[experts][];
        for (int expert = 0; expert < experts; expert++) {
            chosen[expert] = Arrays.copyOfRange(best, expert * capacity, (expert + 1) * capacity);
            for (int token : chosen[expert]) {
                taken[(from + token) * experts + expert] = true;
            }
        }
        return chosen;
    }

    /** Every real token of a group goes to its k best experts. */
    void byToken(int from, int to, int k) {
        int[] best = probabilities.slice(0, from, to).topK(Math.min(k, experts)).toInts();
        int slots = best.length / (to - from);
        for (int token = from; token < to; token++) {
            for (int slot = 0; !padding[token] && slot < slots; slot++) {
                taken[token * experts + best[(token - from) * slots + slot]] = true;
            }
        }
    }

    int[] expertsPerToken() {
        int[] counts = new int[padding.length];
        for (int i = 0; i < taken.length; i++) {
            counts[i / experts] += taken[i] ? 1 : 0;
        }
        return counts;
    }

    /** Real tokens that nobody took. */
    int withoutExpert() {
        int[] counts = expertsPerToken();
        int without = 0;
        for (int token = 0; token < counts.length; token++) {
            without += counts[token] == 0 && !padding[token] ? 1 : 0;
        }
        return without;
    }

    /** As many slots as the token with the most experts has, by ascending expert. */
    ExpertSlots slots() {
        int most = Math.max(1, Arrays.stream(expertsPerToken()).max().orElse(0));
        ExpertSlots slots = new ExpertSlots(padding.length, most, experts);
        float[] row = new float[experts];
        for (int token = 0; token < padding.length; token++) {
            probabilities.copyRow(token, row);
            int slot = 0;
            for (int expert = 0; expert < experts; expert++) {
                if (taken[token * experts + expert]) {
                    slots.put(token, slot++, expert, row[expert]);
                }
            }
        }
        return slots;
    }
}
