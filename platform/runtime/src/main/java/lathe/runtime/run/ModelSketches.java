package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

import lathe.engine.Engine;
import lathe.models.architecture.ModelFolder;
import lathe.models.transformer.Transformer;
import lathe.runtime.graph.ModelSketch;
import lathe.runtime.graph.Models;
import lathe.runtime.source.RandomModel;
import lathe.runtime.store.ArtifactStore;
import lathe.spi.LatheException;
import lathe.spi.backend.Compute;
import lathe.spi.tensor.Scope;

/** Looks at models' sizes, each once. */
final class ModelSketches implements Models {
    private final Engine engine;
    private final Compute compute;
    private final Map<Path, ModelSketch> folders = new HashMap<>();
    private final Map<String, ModelSketch> configs = new HashMap<>();

    ModelSketches(Engine engine, Compute compute) {
        this.engine = requireNonNull(engine, "engine is null");
        this.compute = requireNonNull(compute, "compute is null");
    }

    @Override
    public ModelSketch describe(Path folder) {
        ModelSketch known = folders.get(folder);
        if (known == null) {
            known = look(folder);
            folders.put(folder, known);
        }
        return known;
    }

    private ModelSketch look(Path path) {
        try (Scope scope = engine.openScope();
                ModelFolder folder = ModelFolder.open(path);
                Transformer model = Transformer.of(folder, compute, scope)) {
            return new ModelSketch(model.info(), model.weights().sites(), model.weights().weightBytes());
        }
    }

    /** A model of that config is looked at whose weights are a hole in a file. */
    @Override
    public ModelSketch outline(String config) {
        ModelSketch known = configs.get(config);
        if (known != null) {
            return known;
        }
        Path folder = null;
        try {
            folder = Files.createTempDirectory("lathe-outline");
            RandomModel.outline(config, folder);
            ModelSketch sketch = look(folder);
            configs.put(config, sketch);
            return sketch;
        } catch (IOException failure) {
            throw new LatheException("The sizes of a model cannot be looked at: " + failure.getMessage() + ".",
                    failure);
        } finally {
            if (folder != null) {
                ArtifactStore.delete(folder);
            }
        }
    }
}
