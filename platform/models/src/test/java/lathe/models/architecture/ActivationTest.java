package lathe.models.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ActivationTest {
    @ParameterizedTest
    @EnumSource
    void everyActivationIsOneThatProcessorsCompute(Activation activation) {
        assertThat(lathe.spi.backend.Activation.valueOf(activation.name())).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gelu", "gelu_10", "gelu_accurate", "gelu_fast", "gelu_new", "gelu_python",
        "gelu_python_tanh", "gelu_pytorch_tanh", "laplace", "leaky_relu", "linear", "mish", "quick_gelu", "relu",
        "relu2", "relu6", "sigmoid", "silu", "swish", "tanh"})
    void knowsTheNamesOfTransformers(String name) {
        assertThat(Activation.named(name)).isPresent();
    }

    @Test
    void knowsNoOtherNames() {
        assertThat(Activation.named("swoosh")).isEmpty();
    }
}
