package lathe.streamingllm;

import java.util.Optional;

import lathe.spi.Plugin;
import lathe.testkit.AttentionContract;

class SinkWindowTest extends AttentionContract {
    @Override
    protected Plugin plugin() {
        return new StreamingLlmPlugin();
    }

    @Override
    protected Optional<String> everything() {
        return Optional.of("sinks = 0, window = 150");
    }

    @Override
    protected String little() {
        return "sinks = 4, window = 16";
    }
}
