package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.Optional;

import lathe.models.architecture.ModelFolder;
import lathe.models.checkpoint.FiniteCheck;
import lathe.models.checkpoint.TensorEntry;
import lathe.models.tokenizer.Tokenizer;
import lathe.models.transformer.ModelWeights;
import lathe.models.transformer.Transformer;
import lathe.spi.backend.Compute;
import lathe.spi.tensor.Scope;

/**
 * A model in memory. It counts its users and frees its memory with the last; a model that was made of another keeps that one
 * alive, because they share what did not change.
 */
final class ModelHandle {
    private final Transformer transformer;
    private final Tokenizer tokenizer;
    private final Path source;
    private final boolean pruned;
    private final Scope scope;
    private final Optional<ModelHandle> parent;
    private final AutoCloseable files;
    private int users = 1;

    private ModelHandle(Transformer transformer, Tokenizer tokenizer, Path source, boolean pruned, Scope scope,
            Optional<ModelHandle> parent, AutoCloseable files) {
        this.transformer = requireNonNull(transformer, "transformer is null");
        this.tokenizer = requireNonNull(tokenizer, "tokenizer is null");
        this.source = requireNonNull(source, "source is null");
        this.pruned = pruned;
        this.scope = requireNonNull(scope, "scope is null");
        this.parent = parent;
        this.files = files;
    }

    /**
     * Opens a Hugging Face folder; weights are mapped, and looked through for NaN and infinity.
     *
     * @param path    the folder
     * @param compute the processor
     * @param scope   owner of what is made beside the mapped weights; closed with the handle
     */
    static ModelHandle load(Path path, Compute compute, Scope scope) {
        ModelFolder folder = null;
        try {
            folder = ModelFolder.open(path);
            for (TensorEntry entry : folder.checkpoint().entries()) {
                FiniteCheck.requireFinite(entry);
            }
            Transformer transformer = Transformer.of(folder, compute, scope);
            Tokenizer tokenizer = Tokenizer.open(path, folder.config().vocabulary());
            return new ModelHandle(transformer, tokenizer, path, false, scope, Optional.empty(), folder);
        } catch (RuntimeException | Error failure) {
            scope.close();
            if (folder != null) {
                folder.close();
            }
            throw failure;
        }
    }

    /**
     * A model that was read from the store.
     *
     * @param transformer the model
     * @param path        a folder with its config and tokenizer
     * @param pruned      whether weights were removed
     * @param scope       owner of its memory; closed with the handle
     * @param files       mapped files that its weights lie in
     */
    static ModelHandle stored(Transformer transformer, Path path, boolean pruned, Scope scope, AutoCloseable files) {
        Tokenizer tokenizer = Tokenizer.open(path, transformer.config().vocabulary());
        return new ModelHandle(transformer, tokenizer, path, pruned, scope, Optional.empty(), files);
    }

    /**
     * The same model with other weights.
     *
     * @param weights     the new contents
     * @param nowPruned   whether weights were removed
     * @param own         owner of the changed weights; closed with the handle
     * @param mapped      mapped files that changed weights lie in; closed with the handle
     */
    ModelHandle with(ModelWeights weights, boolean nowPruned, Scope own, AutoCloseable mapped) {
        retain();
        return new ModelHandle(transformer.with(weights), tokenizer, source, pruned || nowPruned, own,
                Optional.of(this), mapped);
    }

    /**
     * A model that was made of several; it keeps the first alive, whose folder it takes its tokenizer from.
     *
     * @param weights the contents
     * @param own     owner of the weights; closed with the handle
     */
    ModelHandle merged(ModelWeights weights, Scope own) {
        retain();
        return new ModelHandle(transformer.with(weights), tokenizer, source, false, own, Optional.of(this), () -> {});
    }

    Transformer transformer() {
        return transformer;
    }

    Tokenizer tokenizer() {
        return tokenizer;
    }

    /** The folder with config and tokenizer. */
    Path source() {
        return source;
    }

    /** Whether it is what a Hugging Face folder holds. */
    boolean untouched() {
        return parent.isEmpty() && files instanceof ModelFolder;
    }

    boolean pruned() {
        return pruned;
    }

    synchronized void retain() {
        users++;
    }

    /** Gives the model back; the last user frees it. */
    synchronized void release() {
        if (--users > 0) {
            return;
        }
        transformer.close();
        scope.close();
        try {
            files.close();
        } catch (Exception failure) {
            throw new IllegalStateException("Mapped files cannot be released.", failure);
        }
        parent.ifPresent(ModelHandle::release);
    }
}
