package lathe.models.check;

import java.util.Optional;

import lathe.models.evaluation.TokenizedScene;
import lathe.models.tokenizer.Tokenizer;
import lathe.spi.Progress;
import lathe.spi.graph.LanguageModel;
import lathe.spi.tensor.Scope;

/** A model and a text, for metrics. */
record TextScene(LanguageModel subject, int[] tokens, Tokenizer tokenizer, Scope scope) implements TokenizedScene {
    @Override
    public Optional<LanguageModel> reference() {
        return Optional.empty();
    }

    @Override
    public Progress progress() {
        return Progress.NONE;
    }
}
