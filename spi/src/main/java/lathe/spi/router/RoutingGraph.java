package lathe.spi.router;

import static java.util.Objects.requireNonNull;

import java.util.Map;

import lathe.spi.autograd.Variable;
import lathe.spi.tensor.Tensor;

/**
 * The smooth part of a routing on a tape.
 *
 * @param weights [n, slots], those of the {@link Routing}
 * @param values  losses [1] by the names of {@link Routing#values()}; {@code loss} is what training adds
 */
public record RoutingGraph(Variable weights, Map<String, Variable> values) {
    /** Checks the parts. */
    public RoutingGraph {
        requireNonNull(weights, "weights is null");
        values = Map.copyOf(values);
    }

    /**
     * Weights divided by their sum in every row, if that is above 0, as {@link ExpertSlots#normalise} does.
     *
     * @param weights [n, slots]
     * @param floor   the sum counts at least as much
     * @return [n, slots]
     */
    public static Variable normalised(Variable weights, double floor) {
        return weights.scaleRows(weights.sum(-1).map(sum -> Math.max(sum, floor) > 0 ? 1 / Math.max(sum, floor) : 0,
                sum -> sum > floor ? -1 / (sum * sum) : 0));
    }

    /**
     * E sum_e f_e p_e as a function of the probabilities ({@link RoutingLoad#balanceLoss()}); counts are constants.
     *
     * @param probabilities [n, experts]
     * @param load          tokens of every expert
     * @return [1]
     */
    public static Variable balanceLoss(Variable probabilities, int[] load) {
        double rows = Math.max(1, probabilities.value().size(0));
        Tensor factors = probabilities.tape().scope().zeros(load.length);
        for (int expert = 0; expert < load.length; expert++) {
            factors.set(load.length * load[expert] / rows / rows, expert);
        }
        return probabilities.multiply(probabilities.tape().constant(factors)).sum();
    }

    /**
     * The mean over the tokens of the squared log-sum-exp ({@link RouterLogits#zLoss()}).
     *
     * @param logits [n, experts]
     * @return [1]
     */
    public static Variable zLoss(Variable logits) {
        return logits.logSumExp().square().mean();
    }
}
