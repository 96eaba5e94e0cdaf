package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

import lathe.spi.Progress;
import lathe.spi.graph.LanguageModel;
import lathe.spi.graph.MetricScene;
import lathe.spi.tensor.Scope;

/** What a metric looks at. */
record JudgeScene(LanguageModel subject, Optional<LanguageModel> reference, int[] tokens, Scope scope,
        Progress progress) implements MetricScene {
    JudgeScene {
        requireNonNull(subject, "subject is null");
        requireNonNull(reference, "reference is null");
        requireNonNull(tokens, "tokens is null");
        requireNonNull(scope, "scope is null");
        requireNonNull(progress, "progress is null");
    }
}
