package lathe.runtime.graph;

import java.nio.file.Path;

/** Looks at models without reading their weights. */
@FunctionalInterface
public interface Models {
    /**
     * Describes a model.
     *
     * @param folder a Hugging Face folder
     * @return its sizes and abilities
     * @throws lathe.spi.LatheException if the folder holds no model that can be run
     */
    ModelSketch describe(Path folder);

    /**
     * Describes a model that is not there yet.
     *
     * @param config text of its config.json
     * @return its sizes and abilities
     * @throws lathe.spi.LatheException if the config is not one of a model that can be run
     */
    default ModelSketch outline(String config) {
        throw new UnsupportedOperationException("This knows folders only.");
    }
}
