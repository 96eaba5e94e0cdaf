package lathe.models.check;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

import lathe.models.architecture.ModelFolder;
import lathe.models.architecture.PlannedTensor;
import lathe.models.checkpoint.SafetensorsFile;
import lathe.models.checkpoint.TensorEntry;
import lathe.models.transformer.ModelWeights;
import lathe.models.transformer.Pass;
import lathe.models.transformer.Transformer;
import lathe.spi.backend.Compute;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Checkpoints in the layouts of other engines ({@code expected.safetensors} in each folder): every weight must be exactly
 * what its codes mean, and the logits those of a float32 model with these weights.
 */
public final class CheckpointCases {
    private static final String EXPECTED = "expected.safetensors";
    private static final double LOGITS = 1e-4;
    /** Inputs that are rounded may fall to the other side of a step here and there. */
    private static final double ROUNDED_INPUTS = 1e-3;

    private final String group;
    private final ModelFolder model;
    private final SafetensorsFile expected;
    private final Compute compute;
    private final Scope scope;

    private CheckpointCases(ModelFolder model, SafetensorsFile expected, Compute compute, Scope scope) {
        this.group = model.folder().getFileName().toString();
        this.model = model;
        this.expected = expected;
        this.compute = compute;
        this.scope = scope;
    }

    /**
     * Runs the cases of a folder.
     *
     * @param folder  with a folder a checkpoint, or one of these
     * @param compute the processor
     * @param parent  owner of intermediate tensors
     * @return an outcome each for the weights, the logits, and the logits with rounded inputs where they are expected
     */
    public static List<CaseOutcome> run(Path folder, Compute compute, Scope parent) {
        requireNonNull(folder, "folder is null");
        return CaseFolder.each(CaseFolder.holding(folder, EXPECTED), path -> one(path, compute, parent));
    }

    private static List<CaseOutcome> one(Path folder, Compute compute, Scope parent) {
        try (Scope scope = parent.child();
                ModelFolder model = ModelFolder.open(folder);
                SafetensorsFile expected = SafetensorsFile.open(folder.resolve(EXPECTED))) {
            return new CheckpointCases(model, expected, compute, scope).all();
        }
    }

    private List<CaseOutcome> all() {
        ModelWeights weights = ModelWeights.read(model, scope);
        List<CaseOutcome> outcomes = new ArrayList<>();
        if (model.quantization().isPresent()) {
            outcomes.add(CaseFolder.compared(group, "weights", () -> weights(weights)));
        }
        add(outcomes, "logits", weights.withExactInputs(), LOGITS);
        add(outcomes, "logits_w8a8", weights, ROUNDED_INPUTS);
        return outcomes;
    }

    private void add(List<CaseOutcome> outcomes, String name, ModelWeights weights, double tolerance) {
        if (expected.find(name).isPresent()) {
            outcomes.add(CaseFolder.compared(group, name, () -> logits(name, weights, tolerance)));
        }
    }

    private Optional<String> weights(ModelWeights weights) {
        int compared = 0;
        for (PlannedTensor planned : model.plan().tensors().values()) {
            Optional<TensorEntry> wanted = expected.find(planned.name());
            if (wanted.isEmpty()) {
                continue;
            }
            compared++;
            Optional<String> difference = weight(planned, wanted.get(), weights);
            if (difference.isPresent()) {
                return difference;
            }
        }
        return compared > 0 ? Optional.empty() : Optional.of(EXPECTED + " has none of the model's weights");
    }

    private Optional<String> weight(PlannedTensor planned, TensorEntry wanted, ModelWeights weights) {
        List<LinearOperator> parts = planned.parts().stream()
                .map(part -> weights.find(part.slot()).orElseThrow()).toList();
        if (parts.size() != 1) {
            return Optional.of(planned.name() + " holds " + parts.size() + " weights, which this check cannot compare");
        }
        try (Scope local = scope.child()) {
            Tensor found = compute.dense(parts.getFirst(), DataType.F32, local);
            Tensor exact = wanted.tensor(local);
            return Expected.difference(planned.name(), planned.transposed() ? found.transpose().copy() : found, exact,
                    0);
        }
    }

    private Optional<String> logits(String name, ModelWeights weights, double tolerance) {
        int[] tokens = expected.find("input_ids").orElseThrow().tensor(scope).toInts();
        Tensor wanted = expected.find(name).orElseThrow().tensor(scope);
        try (Transformer transformer = Transformer.of(group, model.config(), weights, compute, scope)) {
            Tensor found = transformer.logits(Pass.whole(tokens), scope);
            double error = relativeError(found.toFloats(), wanted.toFloats());
            return error <= tolerance ? Optional.empty() : Optional.of(String.format(Locale.ROOT,
                    "differs by %.3g of its norm, allowed are %.3g", error, tolerance));
        }
    }

    /** Norm of the difference over the norm of what is wanted; infinite for other lengths, NaN for NaN. */
    static double relativeError(float[] found, float[] wanted) {
        if (found.length != wanted.length) {
            return Double.POSITIVE_INFINITY;
        }
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < wanted.length; i++) {
            double distance = (double) found[i] - wanted[i];
            difference += distance * distance;
            norm += (double) wanted[i] * wanted[i];
        }
        return Math.sqrt(difference / Math.max(norm, Double.MIN_NORMAL));
    }
}
