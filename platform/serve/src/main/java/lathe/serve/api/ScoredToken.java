package lathe.serve.api;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.OptionalDouble;

import lathe.models.generation.TokenScore;
import lathe.models.generation.TokenScore.Alternative;

/**
 * A token of an answer with its probability.
 *
 * @param token          its id
 * @param logProbability natural logarithm at temperature 1; none for the first token of a prompt, which nothing predicts
 * @param alternatives   the most likely tokens there, best first
 * @param offset         where it begins in the answer, in characters (code points)
 */
record ScoredToken(int token, OptionalDouble logProbability, List<Alternative> alternatives, int offset) {
    /** What JSON, which has no infinity, says of a token that cannot come. */
    private static final double IMPOSSIBLE = -9999;

    ScoredToken {
        requireNonNull(logProbability, "logProbability is null");
        alternatives = List.copyOf(alternatives);
    }

    /** A token that nothing predicts. */
    static ScoredToken first(int token, int offset) {
        return new ScoredToken(token, OptionalDouble.empty(), List.of(), offset);
    }

    /** A token where these logits were. */
    static ScoredToken of(float[] logits, int token, int top, int offset) {
        TokenScore score = TokenScore.of(logits, token, top);
        return new ScoredToken(token, OptionalDouble.of(score.logProbability()), score.alternatives(), offset);
    }

    /** A logarithm that JSON can hold. */
    static double finite(double logProbability) {
        return Math.max(logProbability, IMPOSSIBLE);
    }
}
