package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

import lathe.models.evaluation.TokenizedScene;
import lathe.models.tokenizer.Tokenizer;
import lathe.spi.Progress;
import lathe.spi.graph.LanguageModel;
import lathe.spi.tensor.Scope;

/** What a metric looks at. */
record JudgeScene(LanguageModel subject, Optional<LanguageModel> reference, int[] tokens,
        Supplier<List<String>> words, Tokenizer tokenizer, Scope scope, Progress progress) implements TokenizedScene {
    JudgeScene {
        requireNonNull(subject, "subject is null");
        requireNonNull(reference, "reference is null");
        requireNonNull(tokens, "tokens is null");
        requireNonNull(words, "words is null");
        requireNonNull(tokenizer, "tokenizer is null");
        requireNonNull(scope, "scope is null");
        requireNonNull(progress, "progress is null");
    }

    @Override
    public List<String> documents() {
        return words.get();
    }

    JudgeScene with(Optional<LanguageModel> other) {
        return new JudgeScene(subject, other, tokens, words, tokenizer, scope, progress);
    }
}
