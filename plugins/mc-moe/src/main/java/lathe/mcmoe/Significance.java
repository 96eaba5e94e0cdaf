package lathe.mcmoe;

import java.util.Arrays;
import java.util.List;

import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Steps 1 and 2 for one block: how often and how strongly each expert is chosen, and what its rounding changes. */
final class Significance {
    private final List<Integer> bitSet;
    private final int topK;
    private final McMoeConfig config;
    private final double[] counts;
    private final double[] weights;
    private final double[][] errors;

    Significance(McMoeConfig config, int experts, int topK) {
        this.bitSet = config.bitSet();
        this.config = config;
        this.topK = Math.min(topK, experts);
        this.counts = new double[experts];
        this.weights = new double[experts];
        this.errors = new double[experts][bitSet.size()];
    }

    /**
     * Takes the tokens of a batch that went to an expert.
     *
     * @param expert which
     * @param inputs [tokens, hidden]; all of them choose it
     * @param router [experts, hidden]
     * @param whole  the expert
     */
    void take(int expert, Tensor inputs, Tensor router, RoundedExpert whole, Scope scope) {
        int tokens = inputs.size(0);
        if (tokens == 0) {
            return;
        }
        Tensor probabilities = inputs.matmulTransposed(router).softmax();
        Tensor factors = scope.zeros(tokens);
        float[] row = new float[probabilities.size(1)];
        for (int token = 0; token < tokens; token++) {
            probabilities.copyRow(token, row);
            counts[expert]++;
            weights[expert] += row[expert];
            factors.set(row[expert] / largestSum(row), token);
        }
        Tensor exact = whole.output(inputs);
        for (int i = 0; i < bitSet.size(); i++) {
            Tensor change = whole.rounded(bitSet.get(i), config, scope).output(inputs).subtract(exact)
                    .scaleRows(factors);
            errors[expert][i] += Math.sqrt(change.square().sum());
        }
    }

    private double largestSum(float[] probabilities) {
        float[] sorted = probabilities.clone();
        Arrays.sort(sorted);
        double sum = 0;
        for (int i = 0; i < topK; i++) {
            sum += sorted[sorted.length - 1 - i];
        }
        return sum;
    }

    double[] counts() {
        return counts;
    }

    double[] weights() {
        return weights;
    }

    double[][] errors() {
        return errors;
    }
}
