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
    RELU_SQUARED;

    /**
     * The activation that a config names.
     *
     * @param name the value of {@code hidden_act} or its like
     * @return the activation, or nothing for an unknown name
     */
    public static Optional<Activation> named(String name) {
        return Optional.ofNullable(switch (name) {
            case "silu", "swish" -> SILU;
            case "gelu" -> GELU;
            case "gelu_new", "gelu_pytorch_tanh", "gelu_fast" -> GELU_TANH;
            case "quick_gelu" -> GELU_QUICK;
            case "relu" -> RELU;
            case "relu2" -> RELU_SQUARED;
            default -> null;
        });
    }
}
