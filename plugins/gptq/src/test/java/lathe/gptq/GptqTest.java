package lathe.gptq;

import lathe.spi.Plugin;
import lathe.testkit.QuantizerContract;

class GptqTest extends QuantizerContract {
    @Override
    protected Plugin plugin() {
        return new GptqPlugin();
    }
}
