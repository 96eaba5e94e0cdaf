package lathe.spi.autograd;

import static java.util.Objects.requireNonNull;

import java.util.function.UnaryOperator;

import lathe.spi.tensor.Tensor;

/**
 * An input of an operation and the operation's backward formula for it.
 *
 * @param variable the input
 * @param gradient from the gradient of the loss for the operation's result (of the result's shape) to that for this input
 *                 (of the input's shape); asked only where the input wants a gradient, at most once a pass back. It must
 *                 not write to what it is given, and may return it
 */
public record Input(Variable variable, UnaryOperator<Tensor> gradient) {
    /** Checks the parts. */
    public Input {
        requireNonNull(variable, "variable is null");
        requireNonNull(gradient, "gradient is null");
    }

    /**
     * An input with its formula.
     *
     * @param variable the input
     * @param gradient from the result's gradient to the input's
     * @return the pair
     */
    public static Input of(Variable variable, UnaryOperator<Tensor> gradient) {
        return new Input(variable, gradient);
    }
}
