package lathe.lora;

import lathe.spi.Plugin;
import lathe.testkit.TunerContract;

class RsloraTest extends TunerContract {
    @Override
    protected Plugin plugin() {
        return new LoraPlugin();
    }

    @Override
    protected String id() {
        return "rslora";
    }
}
