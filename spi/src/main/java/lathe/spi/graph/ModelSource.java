package lathe.spi.graph;

import java.nio.file.Path;
import java.util.Optional;

/** A place where models come from. */
public interface ModelSource {
    /**
     * Brings a model as a Hugging Face folder.
     *
     * @param work an empty folder that it may be written to
     * @return the folder with config.json, weights and tokenizer
     */
    Path fetch(Path work);

    /**
     * Says what the model will be before it is there, so that what works on it is checked and priced.
     *
     * @return the text of its config.json; empty if only fetching it tells
     */
    default Optional<String> config() {
        return Optional.empty();
    }
}
