package lathe.spi.backend;

/** Activation functions of feed-forward networks. */
public enum Activation {
    /** x * sigmoid(x). */
    SILU,
    /** x * Phi(x), by the error function. */
    GELU,
    /** The tanh approximation of GELU. */
    GELU_TANH,
    /** max(0, x). */
    RELU,
    /** max(0, x)^2. */
    RELU_SQUARED,
    /** x * sigmoid(1.702 x). */
    GELU_QUICK,
    /** GELU, cut off at -10 and 10. */
    GELU_CLIPPED,
    /** min(max(0, x), 6). */
    RELU_SIX,
    /** x, times 0.01 where it is negative. */
    LEAKY_RELU,
    /** x * tanh(ln(1 + e^x)) (arXiv:1908.08681). */
    MISH,
    /** Phi((x - mu) / sigma) with mu = sqrt(1/2) and sigma = 0.282095 (arXiv:2209.10655). */
    LAPLACE,
    /** tanh(x). */
    TANH,
    /** 1 / (1 + e^-x). */
    SIGMOID,
    /** x itself. */
    IDENTITY
}
