package lathe.engine.training;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Adam (arXiv:1412.6980), AdamW with decoupled decay (arXiv:1711.05101) and AMSGrad.
 *
 * @param beta1       decay of the mean of gradients
 * @param beta2       decay of the mean of their squares
 * @param epsilon     added to the root of the corrected mean square
 * @param weightDecay share of the parameter that a step of rate 1 takes away
 * @param decoupled   true takes the decay from the parameter (AdamW), false adds it to the gradient
 * @param amsgrad     whether the largest mean square so far divides
 */
public record Adam(double beta1, double beta2, double epsilon, double weightDecay, boolean decoupled, boolean amsgrad)
        implements
            Optimizer {
    private static final String MEAN = "exp_avg";
    private static final String SQUARE = "exp_avg_sq";
    private static final String LARGEST = "max_exp_avg_sq";

    /**
     * AdamW with the usual decays 0.9 and 0.999.
     *
     * @param weightDecay decoupled decay
     * @return the rule
     */
    public static Adam decoupled(double weightDecay) {
        return new Adam(0.9, 0.999, 1e-8, weightDecay, true, false);
    }

    @Override
    public Map<String, Tensor> start(Tensor parameter, Scope scope) {
        Map<String, Tensor> state = new HashMap<>();
        int[] sizes = parameter.shape().toArray();
        state.put(MEAN, scope.zeros(sizes));
        state.put(SQUARE, scope.zeros(sizes));
        if (amsgrad) {
            state.put(LARGEST, scope.zeros(sizes));
        }
        return state;
    }

    @Override
    public void step(Tensor parameter, Tensor gradient, Map<String, Tensor> state, int step, double rate) {
        MemorySegment p = Optimizer.floats(parameter);
        MemorySegment g = Optimizer.floats(gradient);
        MemorySegment means = Optimizer.floats(state.get(MEAN));
        MemorySegment squares = Optimizer.floats(state.get(SQUARE));
        MemorySegment largest = amsgrad ? Optimizer.floats(state.get(LARGEST)) : squares;
        double meanShare = 1 - Math.pow(beta1, step);
        double squareShare = 1 - Math.pow(beta2, step);
        for (long i = 0; i < parameter.elements(); i++) {
            double old = Optimizer.get(p, i);
            double slope = Optimizer.get(g, i) + (decoupled ? 0 : weightDecay * old);
            double mean = Optimizer.set(means, i, beta1 * Optimizer.get(means, i) + (1 - beta1) * slope);
            double square = Optimizer.set(squares, i,
                    beta2 * Optimizer.get(squares, i) + (1 - beta2) * slope * slope);
            double most = amsgrad ? Optimizer.set(largest, i, Math.max(square, Optimizer.get(largest, i))) : square;
            double kept = decoupled ? old * (1 - rate * weightDecay) : old;
            Optimizer.set(p, i, kept - rate * mean / meanShare / (Math.sqrt(most / squareShare) + epsilon));
        }
    }
}
