package lathe.models.evaluation;

import lathe.spi.tensor.Tensor;

/** Negative log-likelihoods. */
final class Loss {
    private Loss() {}

    /**
     * Sum over rows of -ln p(next token).
     *
     * @param logits [n, vocabulary]
     * @param tokens row i predicts tokens[first + i]
     * @param first  index of the token that row 0 predicts
     */
    static double sum(Tensor logits, int[] tokens, int first) {
        float[] normaliser = logits.logSumExp().toFloats();
        double sum = 0;
        for (int i = 0; i < normaliser.length; i++) {
            sum += normaliser[i] - logits.get(i, tokens[first + i]);
        }
        return sum;
    }
}
