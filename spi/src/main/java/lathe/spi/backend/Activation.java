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
    /** 1 / (1 + e^-x). */
    SIGMOID,
    /** x itself. */
    IDENTITY
}
