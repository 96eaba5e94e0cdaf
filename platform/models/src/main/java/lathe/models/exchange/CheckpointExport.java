package lathe.models.exchange;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

import lathe.models.architecture.ModelFolder;
import lathe.models.architecture.PlannedTensor;
import lathe.models.architecture.Slot;
import lathe.models.architecture.TensorRole;
import lathe.models.checkpoint.CheckpointWriter;
import lathe.models.checkpoint.TensorSource;
import lathe.models.checkpoint.Visible;
import lathe.models.exchange.layout.InputRounding;
import lathe.models.exchange.layout.QuantizedWriter;
import lathe.models.transformer.ModelWeights;
import lathe.spi.LatheException;
import lathe.spi.backend.Compute;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.Dense;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Writes a model as a folder that other engines load. Tensors are made one at a time while their file is written; the
 * folder appears whole or not at all, after its headers were read back and compared with its config.
 */
public final class CheckpointExport {
    private static final String WEIGHT = ".weight";
    /** Forms that keep values as they are. */
    private static final String WITH_VALUES = "dense|masked|n-m|bitmask|csr|block-sparse";
    private static final String WIDTH = "intermediate_size";

    private final ExportSource source;
    private final ModelWeights weights;
    private final Compute compute;
    private final Scope scope;
    /** Where codes live that are made of sparse ones. */
    private final Scope codes;
    private final ExportOptions options;
    private final List<String> remarks = new ArrayList<>();
    private final List<TensorSource> tensors = new ArrayList<>();
    private final SequencedMap<String, GroupQuantized> quantized = new LinkedHashMap<>();
    private final Map<String, InputRounding> inputs = new LinkedHashMap<>();
    private final List<String> dense = new ArrayList<>();
    private long padding;
    private int rounded;

    private CheckpointExport(ExportSource source, ModelWeights weights, Compute compute, Scope scope,
            ExportOptions options, Scope codes) {
        this.codes = codes;
        this.source = untied(narrowed(source, weights, remarks), weights);
        this.weights = weights;
        this.compute = compute;
        this.scope = scope;
        this.options = options;
    }

    /**
     * Exports a model.
     *
     * @param source  config, names and tokenizer
     * @param weights the contents, of the same model, perhaps compressed
     * @param compute makes dense matrices of stored forms
     * @param scope   parent of what is made meanwhile
     * @param options layout and types
     * @param folder  where it goes; must not be there yet, or be empty
     * @return what was written
     * @throws LatheException if the weights do not fit the layout, or the folder cannot be written; nothing is left then
     */
    public static ExportResult write(ExportSource source, ModelWeights weights, Compute compute, Scope scope,
            ExportOptions options, Path folder) {
        requireNonNull(source, "source is null");
        requireNonNull(weights, "weights is null");
        requireNonNull(compute, "compute is null");
        requireNonNull(scope, "scope is null");
        requireNonNull(options, "options is null");
        if (options.layout() == ExportLayout.LATHE) {
            return OwnExport.write(source, weights, options, folder);
        }
        try (Scope codes = scope.child()) {
            return new CheckpointExport(source, weights, compute, scope, options, codes).write(folder);
        }
    }

    private ExportResult write(Path folder) {
        requireAllTakenUp();
        NarrowAttention.requireFillable(source.architecture(), weights);
        source.plan().tensors().values().forEach(this::sort);
        List<String> unchanged = new ArrayList<>(dense);
        if (source.plan().find(Slot.of(TensorRole.HEAD)).isEmpty()) {
            // Engines make a linear of it all the same, and would look for its codes.
            unchanged.add("lm_head");
        }
        Optional<QuantizedWriter> writer = writer(unchanged);
        source.plan().tensors().values().forEach(tensor -> add(tensor, writer));
        DataType type = options.type().orElseGet(source::type);
        try (NewFolder made = new NewFolder(folder)) {
            CheckpointWriter.write(made.path(), tensors, Map.of("format", "pt"), options.shardBytes());
            made.copy(source.sideFiles());
            made.json("config.json", source.config(type, writer.map(found -> found.config(unchanged))));
            writer.map(found -> found.files(unchanged)).orElse(Map.of()).forEach(made::json);
            ModelFolder.open(made.path()).close();
            made.publish();
        }
        long bytes = tensors.stream().mapToLong(TensorSource::bytes).sum();
        remark();
        return new ExportResult(folder, bytes, quantized.size(), dense.size(),
                writer.map(QuantizedWriter::engines).orElse(List.of("Lathe", "transformers", "vLLM", "SGLang")),
                remarks);
    }

    /** Decides what is written quantised, before anything is written. */
    private void sort(PlannedTensor planned) {
        List<StoredPart> parts = parts(planned);
        if (parts.getFirst().operator().isEmpty() || !planned.name().endsWith(WEIGHT)
                || parts.getFirst().part().slot().role() == TensorRole.EMBEDDING) {
            return;
        }
        String module = planned.name().substring(0, planned.name().length() - WEIGHT.length());
        LinearOperator operator = parts.getFirst().operator().get();
        boolean packed = parts.stream().anyMatch(part -> GroupCodes.has(part.operator().orElseThrow()));
        if (options.layout() == ExportLayout.DENSE || !packed) {
            dense.add(module);
            return;
        }
        if (parts.size() > 1 || planned.transposed()) {
            throw unfit(module + " holds several weights in one tensor, or is stored transposed", "dense");
        }
        if (operator.outFeatures() != planned.shape().get(0) || operator.inFeatures() != planned.shape().get(1)) {
            throw unfit(module + " has the shape [" + operator.outFeatures() + ", " + operator.inFeatures()
                    + "] where the config calls for " + planned.shape(), "dense");
        }
        weights.inputs(parts.getFirst().part().slot()).ifPresent(rounding -> inputs.put(module, rounding));
        quantized.put(module, GroupCodes.of(operator, codes).orElseThrow(() -> unfit(module
                + " was pruned and has zero points that are no integers, so that no code means zero", "lathe")));
    }

    private Optional<QuantizedWriter> writer(List<String> unchanged) {
        if (options.layout() == ExportLayout.DENSE) {
            return Optional.empty();
        }
        requireNoOtherForms();
        if (quantized.isEmpty()) {
            throw unfit("no weight of the model is quantised in groups", "dense");
        }
        QuantizedWriter writer = QuantizedWriter.of(options.layout().label(), quantized, inputs);
        Optional<String> refusal = writer.refusal(unchanged);
        if (refusal.isPresent()) {
            String other = QuantizedWriter.layouts().stream()
                    .filter(name -> QuantizedWriter.of(name, quantized, inputs).refusal(unchanged).isEmpty())
                    .findFirst().orElse("dense");
            throw unfit(refusal.get(), other);
        }
        return Optional.of(writer);
    }

    /** Forms that are small because they are neither dense nor in groups would grow without a word. */
    private void requireNoOtherForms() {
        for (Site site : weights.sites()) {
            LinearOperator operator = weights.operator(site);
            boolean written = operator.form().matches(WITH_VALUES) || GroupCodes.has(operator);
            if (!written) {
                throw unfit(site.name() + " is stored as " + operator.form() + ", which the layout has no form for",
                        "dense");
            }
        }
    }

    private LatheException unfit(String reason, String other) {
        return new LatheException("The model cannot be exported as " + options.layout().label() + ": " + reason
                + ". The layout " + other + " would do.");
    }

    private void add(PlannedTensor planned, Optional<QuantizedWriter> writer) {
        String module = planned.name().replaceFirst("\\.weight$", "");
        GroupQuantized packed = planned.name().endsWith(WEIGHT) ? quantized.get(module) : null;
        if (packed != null) {
            tensors.addAll(writer.orElseThrow().write(module, packed));
            return;
        }
        List<StoredPart> parts = parts(planned);
        DataType type = options.type().orElseGet(() -> ownType(parts));
        DenseTensor tensor = new DenseTensor(planned, parts, type, compute, scope);
        tensors.add(tensor.source());
        padding += tensor.padding() * type.bytes();
        rounded += parts.stream().anyMatch(part -> rounds(part, type)) ? 1 : 0;
    }

    private boolean rounds(StoredPart part, DataType type) {
        boolean computed = part.operator().isPresent() && !keepsValues(part.operator().get());
        return type != DataType.F32 && (computed || valueType(part) != type);
    }

    /** The type that holds all parts. */
    private DataType ownType(List<StoredPart> parts) {
        List<DataType> types = parts.stream().map(this::valueType).distinct().toList();
        boolean one = types.size() == 1 && (types.contains(DataType.BF16) || types.contains(DataType.F16));
        return one ? types.getFirst() : DataType.F32;
    }

    /** The type of what is dense or sparse; values that are computed from codes count as what the config names. */
    private DataType valueType(StoredPart part) {
        if (part.tensor().isPresent()) {
            return part.tensor().get().type();
        }
        LinearOperator operator = part.operator().orElseThrow();
        return keepsValues(operator)
                ? operator.parts().values().stream().map(Tensor::type).filter(DataType::isFloat).findFirst()
                        .orElseGet(source::type)
                : source.type();
    }

    /** Whether values are stored, not computed from codes. */
    private static boolean keepsValues(LinearOperator operator) {
        return operator.form().matches(WITH_VALUES) && !operator.attributes().containsKey("bits");
    }

    private List<StoredPart> parts(PlannedTensor planned) {
        return planned.parts().stream().map(part -> StoredPart.of(part, weights)).toList();
    }

    /** Where all feed-forward parts became narrower than the config says, the config says the widest of them. */
    private static ExportSource narrowed(ExportSource source, ModelWeights weights, List<String> remarks) {
        long widest = weights.sites().stream().filter(site -> site.role() == Role.UP)
                .mapToLong(Site::outFeatures).max().orElse(0);
        boolean plain = weights.sites().stream().filter(site -> site.role() == Role.UP)
                .allMatch(site -> site.expert() == Site.NO_EXPERT);
        Optional<Long> width = source.number(WIDTH);
        if (!plain || widest == 0 || width.isEmpty() || width.get() <= widest) {
            return source;
        }
        remarks.add("The feed-forward parts became narrower: " + WIDTH + " is " + widest + " instead of " + width.get()
                + ".");
        return source.with(WIDTH, widest);
    }

    /** A head that became different from the embedding needs a place of its own. */
    private static ExportSource untied(ExportSource source, ModelWeights weights) {
        boolean noPlace = source.plan().find(Slot.of(TensorRole.HEAD)).isEmpty();
        return noPlace && !weights.tied() ? source.with("tie_word_embeddings", false) : source;
    }

    /** What no planned tensor takes up would be lost without a word. */
    private void requireAllTakenUp() {
        Set<String> left = new LinkedHashSet<>(weights.vectorNames());
        for (Site site : weights.sites()) {
            left.add(site.name());
            weights.bias(site).ifPresent(bias -> left.add(site.name() + StoredPart.BIAS));
        }
        source.plan().tensors().values().stream().flatMap(planned -> planned.parts().stream())
                .forEach(part -> left.remove(StoredPart.name(part.slot())));
        if (!left.isEmpty()) {
            throw new LatheException("The model cannot be exported: its config has no place for " + Visible.names(left)
                    + ". The layout lathe would do.");
        }
    }

    private void remark() {
        long kept = options.layout() == ExportLayout.COMPRESSED_TENSORS ? inputs.size() : 0;
        if (weights.sites().stream().filter(site -> weights.inputs(site).isPresent()).count() > kept) {
            remarks.add(
                    "The inputs that this model rounds before its linears are not rounded in the result, whose layout "
                            + "says nothing of them; the layout lathe keeps the rounding.");
        }
        if (padding > 0) {
            remarks.add("Narrower blocks were filled up with zeros to one width, " + padding + " bytes.");
        }
        if (rounded > 0) {
            remarks.add(
                    String.format(Locale.ROOT, "%d tensor%s rounded to %s; export with --type f32 to keep every bit.",
                            rounded, rounded == 1 ? " was" : "s were",
                            options.type().orElseGet(source::type).name().toLowerCase(Locale.ROOT)));
        }
        if (weights.sites().stream().map(weights::operator).anyMatch(
                operator -> !(operator instanceof Dense) && operator.form().matches(WITH_VALUES))) {
            remarks.add("Sparse weights were written with their zeros.");
        }
    }
}
