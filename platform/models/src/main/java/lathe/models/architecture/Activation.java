package lathe.models.architecture;

import java.util.Optional;

/** The nonlinearity of an MLP. */
public enum Activation {
    /** x sigmoid(x). */
    SILU,
    /** x Phi(x), with the error function. */
    GELU,
    /** 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). */
    GELU_TANH,
    /** x sigmoid(1.702 x). */
    GELU_QUICK,
    /** max(x, 0). */
    RELU,
    /** max(x, 0)^2. */
    RELU_SQUARED,
    /** GELU, cut off at -10 and 10. */
    GELU_CLIPPED,
    /** min(max(x, 0), 6). */
    RELU_SIX,
    /** x, times 0.01 where it is negative. */
    LEAKY_RELU,
    /** x tanh(ln(1 + e^x)). */
    MISH,
    /** Phi((x - sqrt(1/2)) / 0.282095). */
    LAPLACE,
    /** tanh(x). */
    TANH,
    /** 1 / (1 + e^-x). */
    SIGMOID,
    /** x. */
    IDENTITY;

    /**
     * The activation that a config names.
     *
     * @param name the value of {@code hidden_act} or its like
     * @return the activation, or nothing for an unknown name
     */
    public static Optional<Activation> named(String name) {
        return Optional.ofNullable(switch (name) {
            case "silu", "swish" -> SILU;
            case "gelu", "gelu_python" -> GELU;
            case "gelu_new", "gelu_pytorch_tanh", "gelu_python_tanh", "gelu_fast", "gelu_accurate" -> GELU_TANH;
            case "quick_gelu" -> GELU_QUICK;
            case "gelu_10" -> GELU_CLIPPED;
            case "relu" -> RELU;
            case "relu2" -> RELU_SQUARED;
            case "relu6" -> RELU_SIX;
            case "leaky_relu" -> LEAKY_RELU;
            case "mish" -> MISH;
            case "laplace" -> LAPLACE;
            case "tanh" -> TANH;
            case "sigmoid" -> SIGMOID;
            case "linear" -> IDENTITY;
            default -> null;
        });
    }
}
