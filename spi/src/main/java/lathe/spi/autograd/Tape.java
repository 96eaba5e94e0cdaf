package lathe.spi.autograd;

import lathe.spi.model.Rotary;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Records what is computed from variables, and goes back over it. Everything is float32. Values and gradients live in the
 * tape's scope and die with it; a tape serves one step. Results do not depend on the number of threads. Used by one
 * thread at a time.
 */
public interface Tape {
    /**
     * A tensor that gets a gradient.
     *
     * @param value float32; it must not be written to while the tape is in use
     * @return a leaf
     */
    Variable parameter(Tensor value);

    /**
     * A tensor that gets none.
     *
     * @param value any type
     * @return a leaf
     */
    Variable constant(Tensor value);

    /**
     * Records an operation of the caller's own, such as a straight-through estimator.
     *
     * @param name   what error messages call it
     * @param value  its result, computed by the caller
     * @param inputs what it was computed from, with the backward formula of each; an input that is left out is a constant
     * @return the result
     */
    Variable operation(String name, Tensor value, Input... inputs);

    /**
     * Goes back from a result with a gradient of all ones. Gradients of earlier passes on this tape are added to.
     *
     * @param result usually a loss [1]
     */
    default void backward(Variable result) {
        backward(result, scope().zeros(result.value().shape().toArray()).fill(1));
    }

    /**
     * Goes back from a result.
     *
     * @param result   what was computed last
     * @param gradient that of the loss for it, of its shape
     */
    void backward(Variable result, Tensor gradient);

    /**
     * Where values and gradients live.
     *
     * @return closed after the step
     */
    Scope scope();

    // ---- layers

    /**
     * RMSNorm (arXiv:1910.07467): x / sqrt(mean(x^2) + epsilon) * (offset + gain), over the last dimension.
     *
     * @param x       [..., n]
     * @param gain    [n]
     * @param offset  added to the gain, 0 or 1
     * @param epsilon added to the mean square
     * @return of x's shape
     */
    Variable rmsNorm(Variable x, Variable gain, double offset, double epsilon);

    /**
     * LayerNorm (arXiv:1607.06450) over the last dimension.
     *
     * @param x       [..., n]
     * @param gain    [n]
     * @param bias    [n]
     * @param epsilon added to the variance
     * @return of x's shape
     */
    Variable layerNorm(Variable x, Variable gain, Variable bias, double epsilon);

    /**
     * Rotary positions (arXiv:2104.09864).
     *
     * @param heads     [heads, n, d]
     * @param positions n positions
     * @param rotary    frequencies, pairing and magnitude
     * @return [heads, n, d]
     */
    Variable rotate(Variable heads, int[] positions, Rotary rotary);

    /**
     * Attention; query head h reads key head h / (heads / key heads). A query without any key gives zeros.
     *
     * @param q    [heads, n, d]
     * @param k    [key heads, m, d]
     * @param v    [key heads, m, value size]
     * @param form scale, mask and soft-cap
     * @return [heads, n, value size]
     */
    Variable attention(Variable q, Variable k, Variable v, AttentionForm form);

    /**
     * Attention with a learned logit a head that takes part in the softmax and has no value.
     *
     * @param q     [heads, n, d]
     * @param k     [key heads, m, d]
     * @param v     [key heads, m, value size]
     * @param sinks [heads]
     * @param form  scale, mask and soft-cap
     * @return [heads, n, value size]
     */
    Variable attention(Variable q, Variable k, Variable v, Variable sinks, AttentionForm form);

    // ---- losses, one number a row

    /**
     * Cross-entropy with label smoothing: (1 - s) * -log p(label) + s * mean over classes of -log p.
     *
     * @param logits    [n, classes]
     * @param labels    n classes; a negative one is ignored and costs 0
     * @param smoothing s in [0, 1)
     * @return [n]; divide their sum by the number of labels that count
     */
    Variable crossEntropy(Variable logits, int[] labels, double smoothing);

    /**
     * Kullback-Leibler divergence sum p (log p - log q) of softmax distributions.
     *
     * @param p [n, classes] logits of the distribution that is averaged over
     * @param q [n, classes] logits of the other
     * @return [n]
     */
    Variable divergence(Variable p, Variable q);
}
