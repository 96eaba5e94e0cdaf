package lathe.spi.graph;

import java.nio.file.Path;

/** A place where models come from. */
public interface ModelSource {
    /**
     * Brings a model as a Hugging Face folder.
     *
     * @param work an empty folder that it may be written to
     * @return the folder with config.json, weights and tokenizer
     */
    Path fetch(Path work);
}
