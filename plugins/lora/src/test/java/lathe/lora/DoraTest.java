package lathe.lora;

import java.util.List;

import lathe.spi.Plugin;
import lathe.testkit.TunerContract;

class DoraTest extends TunerContract {
    @Override
    protected Plugin plugin() {
        return new LoraPlugin();
    }

    @Override
    protected String id() {
        return "dora";
    }

    /** The norm is a constant of A and B, so that their gradients are no derivatives. */
    @Override
    protected List<String> gradientsOf(List<String> names) {
        return List.of(DoraTuner.MAGNITUDE);
    }
}
