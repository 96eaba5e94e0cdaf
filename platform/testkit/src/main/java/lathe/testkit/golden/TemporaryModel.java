package lathe.testkit.golden;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;

import lathe.models.architecture.ModelFolder;
import lathe.models.checkpoint.Checkpoint;
import lathe.models.checkpoint.SafetensorsWriter;
import lathe.models.checkpoint.StoredType;
import lathe.models.checkpoint.TensorSource;
import lathe.models.transformer.Transformer;
import lathe.spi.backend.Compute;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** A small Llama, written to a folder and opened by the platform, as any model is. The folder goes with it. */
public final class TemporaryModel implements AutoCloseable {
    private static final int CONTEXT = 2048;

    private final Path folder;
    private final ModelFolder opened;
    private final Transformer transformer;

    private TemporaryModel(Path folder, Compute compute, Scope scope) {
        this.folder = folder;
        this.opened = ModelFolder.open(folder);
        this.transformer = Transformer.of(opened, compute, scope);
    }

    /**
     * Writes and opens a model.
     *
     * @param config  keys of config.json beside the architecture
     * @param tensors weights under their Hugging Face names
     * @param compute kernels
     * @param scope   memory
     * @return the model
     */
    public static TemporaryModel of(Config config, Map<String, Tensor> tensors, Compute compute, Scope scope) {
        try {
            Path folder = Files.createTempDirectory("lathe-golden");
            try {
                write(folder, config, tensors);
                return new TemporaryModel(folder, compute, scope);
            } catch (IOException | RuntimeException failure) {
                delete(folder);
                throw failure;
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("The model of the case could not be written to a folder", failure);
        }
    }

    private static void write(Path folder, Config config, Map<String, Tensor> tensors) throws IOException {
        String json = config
                .withValue("model_type", ConfigValueFactory.fromAnyRef("llama"))
                .withValue("max_position_embeddings", ConfigValueFactory.fromAnyRef(CONTEXT))
                .withValue("architectures", ConfigValueFactory.fromIterable(List.of("LlamaForCausalLM")))
                .root()
                .render(ConfigRenderOptions.concise());
        Files.writeString(folder.resolve("config.json"), json);
        List<TensorSource> sources = new ArrayList<>();
        tensors.forEach((name, tensor) -> {
            long[] shape = Arrays.stream(tensor.shape().toArray()).asLongStream().toArray();
            StoredType type = StoredType.valueOf(tensor.type().name());
            sources.add(TensorSource.of(name, type, shape, tensor.segment()));
        });
        SafetensorsWriter.write(folder.resolve(Checkpoint.SINGLE_FILE), sources, Map.of("format", "pt"));
    }

    /**
     * The model.
     *
     * @return open as long as this is
     */
    public Transformer transformer() {
        return transformer;
    }

    /**
     * The folder as the platform opened it.
     *
     * @return config, names and weights
     */
    public ModelFolder folder() {
        return opened;
    }

    @Override
    public void close() {
        transformer.close();
        opened.close();
        try {
            delete(folder);
        } catch (IOException failure) {
            throw new UncheckedIOException("The folder " + folder + " could not be deleted", failure);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
