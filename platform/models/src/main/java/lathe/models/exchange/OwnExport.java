package lathe.models.exchange;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import lathe.models.architecture.ModelFolder;
import lathe.models.checkpoint.CheckpointWriter;
import lathe.models.checkpoint.TensorSource;
import lathe.models.exchange.stored.StoredWeights;
import lathe.models.exchange.stored.WeightForms;
import lathe.models.transformer.ModelWeights;
import lathe.spi.LatheException;
import lathe.spi.operator.Dense;
import lathe.spi.tensor.Scope;

/** Writes a folder in Lathe's own layout ({@link WeightForms}). */
final class OwnExport {
    private OwnExport() {}

    static ExportResult write(ExportSource source, ModelWeights weights, ExportOptions options, Path folder) {
        if (options.type().isPresent()) {
            throw new LatheException(
                    "The layout lathe keeps every weight as it is stored, so that a type has no meaning; "
                            + "leave it out, or export as dense.");
        }
        WeightForms.Written written = WeightForms.of(weights);
        try (NewFolder made = new NewFolder(folder)) {
            CheckpointWriter.write(made.path(), written.tensors(), Map.of("format", "lathe"), options.shardBytes());
            made.copy(source.sideFiles());
            made.json("config.json", source.config(source.type(), Optional.of(WeightForms.config())));
            made.json(WeightForms.FILE, written.description());
            readBack(made.path(), weights);
            made.publish();
        }
        long bytes = written.tensors().stream().mapToLong(TensorSource::bytes).sum();
        int dense = (int) weights.sites().stream().filter(site -> weights.operator(site) instanceof Dense).count();
        return new ExportResult(folder, bytes, weights.sites().size() - dense, dense, List.of("Lathe"),
                new ArrayList<>());
    }

    /** Headers, description and forms must fit together; no weight is read. */
    private static void readBack(Path folder, ModelWeights weights) {
        try (ModelFolder opened = ModelFolder.open(folder);
                Scope scope = weights.embedding().scope().child()) {
            StoredWeights.read(opened, scope);
        }
    }
}
