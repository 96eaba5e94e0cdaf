package lathe.slidingwindow;

import java.util.Optional;

import lathe.spi.Plugin;
import lathe.testkit.AttentionContract;

class SlidingWindowTest extends AttentionContract {
    @Override
    protected Plugin plugin() {
        return new SlidingWindowPlugin();
    }

    @Override
    protected Optional<String> everything() {
        return Optional.of("window = 1000");
    }

    @Override
    protected String little() {
        return "window = 16";
    }
}
