package lathe.models.evaluation;

import java.util.Optional;

import lathe.spi.Progress;
import lathe.spi.graph.LanguageModel;
import lathe.spi.graph.MetricScene;
import lathe.spi.tensor.Scope;

/** A scene for tests. */
record FixedScene(LanguageModel subject, Optional<LanguageModel> reference, int[] tokens, Scope scope)
        implements
            MetricScene {
    @Override
    public Progress progress() {
        return Progress.NONE;
    }
}
