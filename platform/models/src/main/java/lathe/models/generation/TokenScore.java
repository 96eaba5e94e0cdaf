package lathe.models.generation;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import lathe.spi.tensor.Tensor;

/**
 * How likely a token was where it stands.
 *
 * @param token          its id
 * @param logProbability natural logarithm of its probability at temperature 1
 * @param best           whether no other token was more likely
 * @param alternatives   the most likely tokens there, best first
 */
public record TokenScore(int token, double logProbability, boolean best, List<Alternative> alternatives) {
    /**
     * A token that might have stood there.
     *
     * @param token          its id
     * @param logProbability natural logarithm of its probability
     */
    public record Alternative(int token, double logProbability) {}

    /** Copies the list. */
    public TokenScore {
        alternatives = List.copyOf(alternatives);
    }

    /**
     * Scores a token.
     *
     * @param logits one a token
     * @param token  which
     * @param top    alternatives that are wanted
     * @return its score
     */
    public static TokenScore of(float[] logits, int token, int top) {
        double normaliser = logSumExp(logits);
        boolean best = true;
        for (float logit : logits) {
            best &= !(logit > logits[token]);
        }
        return new TokenScore(token, logits[token] - normaliser, best, alternatives(logits, normaliser, top));
    }

    /**
     * Scores the tokens of a text that has a first one.
     *
     * @param logits [n, vocabulary] of every token of the text
     * @param tokens the text; n ids
     * @param from   first token that is scored, at least 1
     * @param top    alternatives that are wanted
     * @return one a token from {@code from} on
     */
    public static List<TokenScore> of(Tensor logits, int[] tokens, int from, int top) {
        requireNonNull(tokens, "tokens is null");
        if (from < 1) {
            throw new IllegalArgumentException(
                    "The first token of a text has nothing before it that could predict it.");
        }
        List<TokenScore> scores = new ArrayList<>();
        float[] row = new float[logits.size(1)];
        for (int i = from; i < tokens.length; i++) {
            logits.copyRow(i - 1, row);
            scores.add(of(row, tokens[i], top));
        }
        return scores;
    }

    /** The best tokens in order, of equal ones the lower id first; one walk over the vocabulary. */
    private static List<Alternative> alternatives(float[] logits, double normaliser, int top) {
        int[] best = new int[Math.min(top, logits.length)];
        int count = 0;
        for (int token = 0; token < logits.length && best.length > 0; token++) {
            if (count == best.length && !(logits[token] > logits[best[count - 1]])) {
                continue;
            }
            int at = count < best.length ? count++ : count - 1;
            while (at > 0 && logits[token] > logits[best[at - 1]]) {
                best[at] = best[at - 1];
                at--;
            }
            best[at] = token;
        }
        return Arrays.stream(best).mapToObj(token -> new Alternative(token, logits[token] - normaliser)).toList();
    }

    private static double logSumExp(float[] logits) {
        double largest = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            largest = Math.max(largest, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - largest);
        }
        return largest + Math.log(sum);
    }
}
