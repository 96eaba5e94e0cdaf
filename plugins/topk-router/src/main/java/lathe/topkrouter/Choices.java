package lathe.topkrouter;

import java.util.Comparator;
import java.util.stream.IntStream;

/** Experts and weights of all tokens, k slots a token, while they are being limited and normalised. */
final class Choices {
    private final int[] experts;
    private final float[] weights;
    private final int tokens;
    private final int expertCount;
    private final int k;

    Choices(int[] experts, float[] weights, int tokens, int expertCount, int k) {
        this.experts = experts;
        this.weights = weights;
        this.tokens = tokens;
        this.expertCount = expertCount;
        this.k = k;
    }

    int[] experts() {
        return experts;
    }

    float[] weights() {
        return weights;
    }

    int tokens() {
        return tokens;
    }

    int expertCount() {
        return expertCount;
    }

    int k() {
        return k;
    }

    /** Tokens of every expert. */
    int[] load() {
        int[] load = new int[expertCount];
        for (int expert : experts) {
            if (expert >= 0) {
                load[expert]++;
            }
        }
        return load;
    }

    /** Divides the weights of every token by their sum; a token without experts keeps its zeros. */
    void normalise() {
        for (int token = 0; token < tokens; token++) {
            float sum = 0;
            for (int slot = token * k; slot < (token + 1) * k; slot++) {
                sum += weights[slot];
            }
            for (int slot = token * k; sum > 0 && slot < (token + 1) * k; slot++) {
                weights[slot] /= sum;
            }
        }
    }

    /** Takes places away until no expert has more tokens than its capacity; returns how many. */
    int dropOver(int capacity, TopkConfig.Drop drop) {
        int dropped = 0;
        for (int expert = 0; expert < expertCount; expert++) {
            int wanted = expert;
            IntStream slots = IntStream.range(0, experts.length).filter(slot -> experts[slot] == wanted);
            int[] losers = (drop == TopkConfig.Drop.POSITION
                    ? slots
                    : slots.boxed()
                            .sorted(Comparator.comparingDouble((Integer slot) -> -weights[slot]))
                            .mapToInt(Integer::intValue)).skip(capacity).toArray();
            for (int slot : losers) {
                experts[slot] = -1;
                weights[slot] = 0;
            }
            dropped += losers.length;
        }
        return dropped;
    }
}
