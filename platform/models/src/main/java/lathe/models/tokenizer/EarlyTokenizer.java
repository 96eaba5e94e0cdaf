package lathe.models.tokenizer;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/** A tokenizer that is read by a thread of its own while the model's folder is still being opened. */
public final class EarlyTokenizer {
    private final Path folder;
    private final Thread reader;
    private TokenizerDraft draft;

    /**
     * Begins to read.
     *
     * @param folder the model's folder
     */
    public EarlyTokenizer(Path folder) {
        this.folder = requireNonNull(folder, "folder is null");
        this.reader = Thread.ofPlatform().daemon().name("lathe-tokenizer").unstarted(this::read);
        reader.start();
    }

    private void read() {
        try {
            draft = TokenizerDraft.read(folder);
        } catch (RuntimeException | Error toldLater) {
            // Whoever asks for the tokenizer reads again, and is told; a thread would print a stack trace.
        }
    }

    /**
     * The tokenizer; waits until it is read.
     *
     * @param vocabulary rows of the model's embedding
     * @return as {@link Tokenizer#open}
     * @throws lathe.spi.LatheException as there
     */
    public Tokenizer within(int vocabulary) {
        try {
            reader.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        return reader.isAlive() || draft == null
                ? Tokenizer.open(folder, vocabulary)
                : new HuggingFaceTokenizer(draft, vocabulary);
    }
}
