package lathe.models.architecture;

import static java.util.Objects.requireNonNull;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import lathe.models.checkpoint.Checkpoint;
import lathe.models.checkpoint.FiniteCheck;
import lathe.models.checkpoint.RegularFile;
import lathe.models.checkpoint.StrictJson;
import lathe.models.checkpoint.TensorEntry;
import lathe.models.checkpoint.Visible;
import lathe.models.tokenizer.Tokenizer;
import lathe.spi.LatheException;

/**
 * A model as Hugging Face folders hold it: {@code config.json}, weights, tokenizer files. Opening checks the config, maps
 * the weights and compares all names, shapes and types. It reads no weight, but the head of a model that the config calls
 * tied, if there is one: as in transformers 5, one that differs from the embedding is used.
 */
public final class ModelFolder implements AutoCloseable {
    private static final long LONGEST_CONFIG = 16_000_000;
    /** Lathe's own layout, in which a description beside the weights says what the tensors are. */
    private static final String OWN_FORM = "lathe";
    /** Forms of quantised weights that are read elsewhere; their tensors are not in the plan. */
    private static final Set<String> QUANTIZED_FORMS = Set.of("gptq", "awq", "compressed-tensors", OWN_FORM);

    private static final List<String> SIDE_FILES = List.of("generation_config.json", "tokenizer.json",
            "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt",
            "tokenizer.model", "chat_template.jinja", "chat_template.json");

    private final Path folder;
    private final Map<String, Object> rawConfig;
    private final Family family;
    private final ArchitectureConfig config;
    private final Checkpoint checkpoint;
    private final TensorPlan plan;
    private final QuantizedParts quantized;
    private final Map<Slot, Weight> weights = new LinkedHashMap<>();
    private Tokenizer tokenizer;

    private ModelFolder(Path folder, ParsedConfig parsed, Checkpoint checkpoint) {
        this.folder = folder;
        this.rawConfig = parsed.raw();
        this.family = parsed.family();
        this.config = parsed.config();
        this.checkpoint = checkpoint;
        this.plan = parsed.plan(name -> checkpoint.find(name).isPresent());
        boolean described = quantization().map(values -> OWN_FORM.equals(values.get("quant_method"))).orElse(false);
        this.quantized = quantization().isPresent() && !described ? QuantizedParts.of(checkpoint, plan)
                : QuantizedParts.none();
        if (described) {
            return;
        }
        Inventory.check(checkpoint, plan, quantized);
        for (PlannedTensor tensor : plan.tensors().values()) {
            if (!quantized.isQuantized(tensor.name())) {
                TensorEntry entry = checkpoint.entry(tensor.name());
                tensor.parts().forEach(part -> weights.put(part.slot(),
                        new Weight(part.slot(), entry, part.rows(), tensor.transposed())));
            }
        }
    }

    /**
     * Opens a model's folder.
     *
     * @param folder the folder
     * @return the model, to be closed by the caller
     * @throws LatheException if something is missing, broken, not supported, or does not fit together
     */
    public static ModelFolder open(Path folder) {
        return open(folder, "config.json");
    }

    /**
     * Opens a model's folder with another config than {@code config.json}.
     *
     * @param folder     the folder
     * @param configFile name of the config in it
     * @return the model, to be closed by the caller
     * @throws LatheException as {@link #open(Path)}
     */
    public static ModelFolder open(Path folder, String configFile) {
        requireNonNull(folder, "folder is null");
        RegularFile.requireFolder(folder);
        ParsedConfig parsed = ParsedConfig.read(folder.resolve(configFile));
        requireKnownQuantization(folder.resolve(configFile), parsed.raw());
        Checkpoint checkpoint = Checkpoint.open(folder);
        try {
            return new ModelFolder(folder, withOwnHead(parsed, checkpoint, folder.resolve(configFile)), checkpoint);
        } catch (RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    /** The config, changed to one with a head of its own if the files hold another head than the tied one. */
    private static ParsedConfig withOwnHead(ParsedConfig parsed, Checkpoint checkpoint, Path file) {
        if (!parsed.config().tied()) {
            return parsed;
        }
        TensorPlan plan = parsed.plan(name -> checkpoint.find(name).isPresent());
        Optional<TensorEntry> head = plan.tiedHead().flatMap(checkpoint::find);
        Optional<TensorEntry> embedding = plan.find(Slot.of(TensorRole.EMBEDDING)).map(PlannedTensor::name)
                .flatMap(checkpoint::find);
        if (head.isEmpty() || embedding.isEmpty() || head.get().holdsTheSameAs(embedding.get())) {
            return parsed;
        }
        Map<String, Object> untied = new LinkedHashMap<>(parsed.raw());
        untied.put("tie_word_embeddings", false);
        return ParsedConfig.of(file, untied);
    }

    /**
     * The folder.
     *
     * @return its path
     */
    public Path folder() {
        return folder;
    }

    /**
     * The description that the model follows.
     *
     * @return the family
     */
    public Family family() {
        return family;
    }

    /**
     * The model's shape and features.
     *
     * @return the config in Lathe's terms
     */
    public ArchitectureConfig config() {
        return config;
    }

    /**
     * The config as it stands in the file.
     *
     * @return keys and values as {@link StrictJson} reads them
     */
    public Map<String, Object> rawConfig() {
        return rawConfig;
    }

    /**
     * The weights as stored.
     *
     * @return the checkpoint; closed with this folder
     */
    public Checkpoint checkpoint() {
        return checkpoint;
    }

    /**
     * All tensors that the config calls for.
     *
     * @return the plan in the layout of this checkpoint
     */
    public TensorPlan plan() {
        return plan;
    }

    /**
     * A weight or bias that may not be there.
     *
     * @param slot what is wanted
     * @return where it lies, or nothing if the model has none or holds it quantised
     */
    public Optional<Weight> find(Slot slot) {
        return Optional.ofNullable(weights.get(slot));
    }

    /**
     * A weight that must be there.
     *
     * @param slot what is wanted
     * @return where it lies
     * @throws LatheException if the model has none
     */
    public Weight weight(Slot slot) {
        return find(slot).orElseThrow(() -> new LatheException("The model in " + Visible.path(folder) + " ("
                + family.title() + ") has no " + slot + "."));
    }

    /**
     * A weight outside of the blocks. The head of a tied model is its embedding.
     *
     * @param role its role
     * @return where it lies
     */
    public Weight weight(TensorRole role) {
        return weight(Slot.of(role == TensorRole.HEAD && config.tied() ? TensorRole.EMBEDDING : role));
    }

    /**
     * A weight of a block.
     *
     * @param block index of the block
     * @param role  its role
     * @return where it lies
     */
    public Weight weight(int block, TensorRole role) {
        return weight(Slot.of(block, role));
    }

    /**
     * A weight of an expert.
     *
     * @param block  index of the block
     * @param expert index of the expert
     * @param role   its role
     * @return where it lies
     */
    public Weight weight(int block, int expert, TensorRole role) {
        return weight(Slot.of(block, expert, role));
    }

    /**
     * The bias of a role in a block.
     *
     * @param block index of the block
     * @param role  the role of the weight that it belongs to
     * @return where it lies, or nothing
     */
    public Optional<Weight> bias(int block, TensorRole role) {
        return find(Slot.of(block, role).biasSlot());
    }

    /**
     * All weights and biases in the order of the plan.
     *
     * @return every slot with its weight
     */
    public Map<Slot, Weight> weights() {
        return Collections.unmodifiableMap(weights);
    }

    /**
     * How the weights are quantised, as the config says.
     *
     * @return the object {@code quantization_config}, or nothing for a dense model
     */
    @SuppressWarnings("unchecked")
    public Optional<Map<String, Object>> quantization() {
        return Optional.ofNullable((Map<String, Object>) rawConfig.get("quantization_config"));
    }

    /**
     * The parts of a weight that is stored quantised, such as {@code qweight}, {@code scales}.
     *
     * @param slot which weight
     * @return its tensors by the last part of their names; empty if it is stored dense or the model has none
     */
    public Map<String, TensorEntry> quantizedParts(Slot slot) {
        return plan.find(slot).map(planned -> quantized.parts(planned.name())).orElse(Map.of());
    }

    /**
     * The model's tokenizer, opened when it is first asked for.
     *
     * @return the tokenizer of this folder
     * @throws LatheException if there is none, it is broken, or it has ids beyond the model's vocabulary
     */
    public synchronized Tokenizer tokenizer() {
        if (tokenizer == null) {
            tokenizer = Tokenizer.open(folder, config.vocabulary());
        }
        return tokenizer;
    }

    /**
     * Whether the folder has a tokenizer.
     *
     * @return true if there is a {@code tokenizer.json}, sound or not
     */
    public boolean hasTokenizer() {
        return RegularFile.isPresent(folder.resolve("tokenizer.json"));
    }

    /**
     * The files beside config and weights that make up the model: what an export copies as it is.
     *
     * @return those of the tokenizer, its chat template and {@code generation_config.json} that are there
     */
    public List<Path> sideFiles() {
        return sideFiles(folder);
    }

    /**
     * The files of a model beside config and weights, of a folder that need not hold weights.
     *
     * @param folder the folder
     * @return those that are there
     */
    public static List<Path> sideFiles(Path folder) {
        return SIDE_FILES.stream().map(folder::resolve).filter(Files::isRegularFile).toList();
    }

    /**
     * Reads all weights and looks for NaN and infinity. Takes as long as reading the files.
     *
     * @throws LatheException that names the tensor and the place
     */
    public void requireFiniteWeights() {
        checkpoint.entries().forEach(FiniteCheck::requireFinite);
    }

    /** Releases the weights. */
    @Override
    public void close() {
        checkpoint.close();
    }

    private static void requireKnownQuantization(Path file, Map<String, Object> config) {
        Object quantization = config.get("quantization_config");
        if (quantization == null) {
            return;
        }
        Object method = quantization instanceof Map<?, ?> map ? map.get("quant_method") : null;
        if (method == null) {
            throw new LatheException("quantization_config in " + Visible.path(file)
                    + " does not say by which method the weights are quantised: quant_method is missing. Without "
                    + "quantization_config they are read as they are.");
        }
        if (!(method instanceof String name && QUANTIZED_FORMS.contains(name))) {
            throw new LatheException(Visible.path(file) + " says that the weights are quantised by the method "
                    + Visible.name(String.valueOf(method)) + ", which is not supported; known are "
                    + String.join(", ", List.copyOf(QUANTIZED_FORMS).stream().sorted().toList()) + ".");
        }
    }

    static Map<String, Object> readJson(Path file) {
        return StrictJson.readObject(file, LONGEST_CONFIG);
    }
}
