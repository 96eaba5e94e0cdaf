package lathe.models.tokenizer;

import static java.util.Objects.requireNonNull;

import java.lang.ref.Cleaner;
import java.nio.file.Path;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;

import lathe.models.checkpoint.RegularFile;
import lathe.models.checkpoint.Visible;
import lathe.spi.LatheException;

/** A tokenizer's file as it was read, and what the library made of it: all that needs no knowledge of the model. */
final class TokenizerDraft {
    private static final Cleaner CLEANER = Cleaner.create();

    private final Path folder;
    private final TokenizerFile file;
    private final TokenizersLibrary library;
    private final long handle;

    private TokenizerDraft(Path folder, TokenizerFile file, TokenizersLibrary library, long handle) {
        this.folder = folder;
        this.file = file;
        this.library = library;
        this.handle = handle;
        CLEANER.register(this, () -> library.deleteTokenizer(handle));
    }

    /**
     * Reads a tokenizer.
     *
     * @param folder the model's folder
     * @return to be completed with the model's vocabulary
     * @throws LatheException if there is none or it is broken
     */
    static TokenizerDraft read(Path folder) {
        requireNonNull(folder, "folder is null");
        Path path = folder.resolve("tokenizer.json");
        if (!RegularFile.isPresent(path) && RegularFile.isPresent(folder.resolve("tokenizer.model"))) {
            throw new LatheException(Visible.path(folder) + " holds only a SentencePiece model (tokenizer.model); "
                    + "tokenizer.json is needed, which save_pretrained of transformers writes.");
        }
        String text = TokenizerFile.read(path);
        TokenizerFile file = new TokenizerFile(path, text);
        TokenizersLibrary library = load();
        TokenizerDraft draft = new TokenizerDraft(folder, file, library, create(library, file, text));
        library.disableTruncation(draft.handle);
        library.disablePadding(draft.handle);
        return draft;
    }

    Path folder() {
        return folder;
    }

    TokenizerFile file() {
        return file;
    }

    TokenizersLibrary library() {
        return library;
    }

    /** Valid as long as this object is reachable. */
    long handle() {
        return handle;
    }

    private static long create(TokenizersLibrary library, TokenizerFile file, String text) {
        try {
            return library.createTokenizerFromString(text);
        } catch (RuntimeException e) {
            throw file.problem("the tokenizers library says " + Visible.escape(String.valueOf(e.getMessage())));
        }
    }

    /** Loads the native library when it is first needed. */
    private static TokenizersLibrary load() {
        // Without these the binding looks for a GPU and downloads another build for it.
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        if (System.getProperty("RUST_FLAVOR") == null) {
            System.setProperty("RUST_FLAVOR", "cpu");
        }
        try {
            LibUtils.checkStatus();
            return TokenizersLibrary.LIB;
        } catch (RuntimeException | LinkageError e) {
            throw new LatheException("The native library of the tokenizers cannot be loaded: "
                    + Visible.escape(String.valueOf(e.getMessage())) + ".", e);
        }
    }
}
