package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

import lathe.models.tokenizer.Tokenizer;
import lathe.models.transformer.RunnableModel;
import lathe.spi.tensor.Scope;

/**
 * The model of a node while it is lent to a program that generates with it.
 *
 * @param model     with the attention, cache and router of its serve node, plain for any other node
 * @param tokenizer of the model
 * @param folder    its config and tokenizer files
 * @param scope     for what the user makes with it; closed when the model is taken back
 */
public record LentModel(RunnableModel model, Tokenizer tokenizer, Path folder, Scope scope) {
    /** Checks that all parts are there. */
    public LentModel {
        requireNonNull(model, "model is null");
        requireNonNull(tokenizer, "tokenizer is null");
        requireNonNull(folder, "folder is null");
        requireNonNull(scope, "scope is null");
    }
}
