package lathe.gptq;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.weight.Quantizer;
import lathe.testkit.QuantizerContract;

class GptqTest extends QuantizerContract {
    @Override
    protected Plugin plugin() {
        return new GptqPlugin();
    }

    @Test
    void refusesScalesThatAreNoNumbers() {
        assertThatThrownBy(() -> make(Quantizer.class, "scaleType = I8")).hasMessageContaining("scaleType");
    }
}
