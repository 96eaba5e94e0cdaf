package lathe.minference;

import java.util.Optional;

import lathe.spi.Plugin;
import lathe.testkit.AttentionContract;
import lathe.testkit.GoldenCases;

class MInferenceTest extends AttentionContract {
    @Override
    protected Plugin plugin() {
        return new MInferencePlugin();
    }

    @Override
    protected Optional<String> everything() {
        return Optional.of("verticalSize = 1000, slashSize = 1000");
    }

    @Override
    protected String little() {
        return "verticalSize = 30, slashSize = 50";
    }

    @Override
    protected boolean choosesCausally() {
        return false;
    }

    @Override
    protected GoldenCases golden() {
        return super.golden().without("search-v1", "the offline search of patterns is not part of this bundle");
    }
}
