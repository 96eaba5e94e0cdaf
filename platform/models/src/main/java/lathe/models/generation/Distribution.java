package lathe.models.generation;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** The probabilities of the next token that {@link Sampling} leaves of logits. Computed in float64. */
final class Distribution {
    /** Logits at or below this stand for minus infinity: tokens that were banned before. */
    private static final double BANNED = -1e38;

    private Distribution() {}

    /**
     * Probabilities of all tokens, 0 for those that cannot be drawn.
     *
     * @param logits  one a token
     * @param history tokens so far, for the repetition penalty
     */
    static double[] of(float[] logits, int[] history, Sampling sampling) {
        double[] scores = penalised(logits, history, sampling.repetitionPenalty());
        if (!sampling.isGreedy() && sampling.temperature() != 1) {
            for (int i = 0; i < scores.length; i++) {
                scores[i] /= sampling.temperature();
            }
        }
        sampling.topK().filter(k -> k > 0 && k < scores.length).ifPresent(k -> cutBelowKth(scores, k));
        sampling.topP().filter(p -> p < 1).ifPresent(p -> cutTail(scores, p));
        sampling.minP().filter(p -> p > 0).ifPresent(p -> cutUnlikely(scores, p));
        return softmax(scores);
    }

    /** The best token after the penalty, the lower id of equal ones. */
    static int best(float[] logits, int[] history, Sampling sampling) {
        double[] scores = penalised(logits, history, sampling.repetitionPenalty());
        int best = 0;
        for (int i = 1; i < scores.length; i++) {
            if (scores[i] > scores[best]) {
                best = i;
            }
        }
        return best;
    }

    private static double[] penalised(float[] logits, int[] history, double penalty) {
        double[] scores = new double[logits.length];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = logits[i] <= BANNED ? Double.NEGATIVE_INFINITY : logits[i];
        }
        if (penalty != 1) {
            for (int token : Arrays.stream(history).distinct().toArray()) {
                scores[token] = scores[token] < 0 ? scores[token] * penalty : scores[token] / penalty;
            }
        }
        return scores;
    }

    private static void cutBelowKth(double[] scores, int k) {
        double[] sorted = scores.clone();
        Arrays.sort(sorted);
        double least = sorted[sorted.length - k];
        for (int i = 0; i < scores.length; i++) {
            if (scores[i] < least) {
                scores[i] = Double.NEGATIVE_INFINITY;
            }
        }
    }

    /** Goes from the least likely token up and removes while the sum so far is at most 1 - p; the last one stays. */
    private static void cutTail(double[] scores, double p) {
        double[] probabilities = softmax(scores);
        Integer[] ascending = IntStream.range(0, scores.length).boxed().toArray(Integer[]::new);
        // Of equal tokens the one with the lower id stays longer.
        Arrays.sort(ascending, Comparator.<Integer>comparingDouble(i -> probabilities[i])
                .thenComparing(Comparator.reverseOrder()));
        double sum = 0;
        for (int i = 0; i < ascending.length - 1; i++) {
            sum += probabilities[ascending[i]];
            if (sum > 1 - p) {
                break;
            }
            scores[ascending[i]] = Double.NEGATIVE_INFINITY;
        }
    }

    private static void cutUnlikely(double[] scores, double fraction) {
        double[] probabilities = softmax(scores);
        double least = fraction * Arrays.stream(probabilities).max().orElse(0);
        for (int i = 0; i < scores.length; i++) {
            if (probabilities[i] < least) {
                scores[i] = Double.NEGATIVE_INFINITY;
            }
        }
    }

    private static double[] softmax(double[] scores) {
        double largest = Arrays.stream(scores).max().orElse(0);
        double[] probabilities = new double[scores.length];
        double sum = 0;
        for (int i = 0; i < scores.length; i++) {
            probabilities[i] = Math.exp(scores[i] - largest);
            sum += probabilities[i];
        }
        for (int i = 0; i < scores.length; i++) {
            probabilities[i] /= sum;
        }
        return probabilities;
    }
}
