package lathe.spi.autograd;

import java.util.function.DoubleUnaryOperator;

import lathe.spi.backend.Activation;
import lathe.spi.tensor.Tensor;

/**
 * A tensor on a {@link Tape}. Its operations are those of {@link Tensor} with their gradients; shapes are checked as there.
 * A single number has the shape [1].
 */
public interface Variable {
    /**
     * What was computed or given.
     *
     * @return float32 in the tape's scope; not to be written to
     */
    Tensor value();

    /**
     * The gradient of what the tape went back from.
     *
     * @return of the value's shape; zeros if nothing depended on this variable or the tape has not gone back
     */
    Tensor gradient();

    /**
     * Whether anything that this variable is made of is a parameter.
     *
     * @return false for constants
     */
    boolean wantsGradient();

    /**
     * The tape that this variable is on.
     *
     * @return the tape
     */
    Tape tape();

    /**
     * The single number of a variable [1].
     *
     * @return its value
     */
    default double number() {
        if (value().elements() != 1) {
            throw new IllegalStateException("A variable of shape " + value().shape() + " is no single number.");
        }
        return value().reshape(1).get(0);
    }

    /**
     * The same value without a way back.
     *
     * @return a constant
     */
    default Variable detach() {
        return tape().constant(value());
    }

    // ---- element by element

    /**
     * Sum with a variable of the same shape, or with a vector as long as the last dimension.
     *
     * @param other the other variable
     * @return this + other
     */
    Variable add(Variable other);

    /**
     * Difference; shapes as in {@link #add(Variable)}.
     *
     * @param other the other variable
     * @return this - other
     */
    default Variable subtract(Variable other) {
        return add(other.multiply(-1));
    }

    /**
     * Product element by element; shapes as in {@link #add(Variable)}.
     *
     * @param other the other variable
     * @return this * other
     */
    Variable multiply(Variable other);

    /**
     * Quotient element by element of the same shapes.
     *
     * @param other the other variable
     * @return this / other
     */
    Variable divide(Variable other);

    /**
     * Multiplies by a number.
     *
     * @param factor the number
     * @return this * factor
     */
    Variable multiply(double factor);

    /**
     * Adds a number.
     *
     * @param summand the number
     * @return this + summand
     */
    Variable add(double summand);

    /**
     * Multiplies row i of a matrix by factors[i].
     *
     * @param factors as many as there are rows
     * @return of this shape
     */
    Variable scaleRows(Variable factors);

    /**
     * A function of every element, in double precision.
     *
     * @param function   the function
     * @param derivative its derivative, of the same argument
     * @return of this shape
     */
    Variable map(DoubleUnaryOperator function, DoubleUnaryOperator derivative);

    /**
     * An activation function.
     *
     * @param function which
     * @return of this shape
     */
    Variable activate(Activation function);

    /**
     * Squares.
     *
     * @return this * this
     */
    default Variable square() {
        return multiply(this);
    }

    // ---- over dimensions

    /**
     * Softmax over the last dimension. Rows of nothing but -inf give zeros.
     *
     * @return probabilities
     */
    Variable softmax();

    /**
     * Logarithms of the softmax over the last dimension, computed in double precision.
     *
     * @return log-probabilities
     */
    Variable logSoftmax();

    /**
     * Logarithm of the sum of exponentials over the last dimension, which disappears.
     *
     * @return log-sum-exp
     */
    Variable logSumExp();

    /**
     * Sum over the first or the last dimension, which disappears.
     *
     * @param dimension 0 or the last, also as -1
     * @return a variable of rank less one; [1] of a vector
     */
    Variable sum(int dimension);

    /**
     * Sum of all elements.
     *
     * @return [1]
     */
    Variable sum();

    /**
     * Mean of all elements.
     *
     * @return [1]; 0 of nothing
     */
    default Variable mean() {
        return sum().multiply(1.0 / Math.max(1, value().elements()));
    }

    // ---- shapes and choices

    /**
     * The same elements in another shape.
     *
     * @param sizes the new shape
     * @return a variable of that shape
     */
    Variable reshape(int... sizes);

    /**
     * Two dimensions exchanged.
     *
     * @param first  from 0, or negative to count from the last
     * @param second from 0, or negative to count from the last
     * @return contiguous
     */
    Variable transpose(int first, int second);

    /**
     * Picks entries of the outermost dimension: rows of an embedding, or the tokens of an expert.
     *
     * @param indices which, in the wanted order, repeats allowed
     * @return [indices, ...]
     */
    Variable select(int... indices);

    /**
     * Picks elements of every row of a matrix.
     *
     * @param columns I32 [rows, k]; a negative one gives 0
     * @return [rows, k]
     */
    Variable gather(Tensor columns);

    // ---- products

    /**
     * Matrix product.
     *
     * @param right [k, n] for this [m, k]
     * @return [m, n]
     */
    Variable matmul(Variable right);

    /**
     * Product with a transposed matrix: what a linear layer does.
     *
     * @param right [n, k] for this [m, k]
     * @return this right^T, [m, n]
     */
    Variable matmulTransposed(Variable right);
}
