package lathe.engine.training;

import java.lang.foreign.MemorySegment;
import java.util.Map;

import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Gradient descent with momentum: buffer = momentum * buffer + gradient, where the first buffer is the gradient itself.
 *
 * @param momentum    0 for none
 * @param nesterov    whether the step looks ahead: gradient + momentum * buffer
 * @param weightDecay added to the gradient times the parameter
 */
public record Sgd(double momentum, boolean nesterov, double weightDecay) implements Optimizer {
    private static final String BUFFER = "momentum_buffer";

    @Override
    public Map<String, Tensor> start(Tensor parameter, Scope scope) {
        return momentum == 0 ? Map.of() : Map.of(BUFFER, scope.zeros(parameter.shape().toArray()));
    }

    @Override
    public void step(Tensor parameter, Tensor gradient, Map<String, Tensor> state, int step, double rate) {
        MemorySegment p = Optimizer.floats(parameter);
        MemorySegment g = Optimizer.floats(gradient);
        MemorySegment buffer = momentum == 0 ? null : Optimizer.floats(state.get(BUFFER));
        for (long i = 0; i < parameter.elements(); i++) {
            double old = Optimizer.get(p, i);
            double slope = Optimizer.get(g, i) + weightDecay * old;
            if (buffer != null) {
                // Zeros before the first step make its buffer the gradient.
                double moving = Optimizer.set(buffer, i, momentum * Optimizer.get(buffer, i) + slope);
                slope = nesterov ? slope + momentum * moving : moving;
            }
            Optimizer.set(p, i, old - rate * slope);
        }
    }
}
