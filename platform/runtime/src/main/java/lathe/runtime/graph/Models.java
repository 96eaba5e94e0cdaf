package lathe.runtime.graph;

import java.nio.file.Path;

import lathe.spi.model.ModelInfo;

/** Looks at model folders without reading their weights. */
@FunctionalInterface
public interface Models {
    /**
     * Describes a model.
     *
     * @param folder a Hugging Face folder
     * @return its sizes and abilities
     * @throws lathe.spi.LatheException if the folder holds no model that can be run
     */
    ModelInfo describe(Path folder);
}
