package lathe.models.check;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

import lathe.models.architecture.ModelFolder;
import lathe.models.generation.GenerationRequest;
import lathe.models.generation.Generator;
import lathe.models.transformer.Pass;
import lathe.models.transformer.RunnableModel;
import lathe.models.transformer.Segment;
import lathe.models.transformer.ServingPlan;
import lathe.models.transformer.Transformer;
import lathe.spi.LatheException;
import lathe.spi.backend.Compute;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * A model's folder with what another library computed from it: logits of batches, of ragged sequences and of long inputs,
 * hidden states, attention probabilities, router choices, greedy continuations through the cache.
 */
public final class ModelCases {
    /** The config as transformers 4 spelled it. */
    private static final String OLDER = "config-v4.json";

    private final String group;
    private final Expected expected;
    private final Transformer transformer;
    private final Scope scope;
    private final List<CaseOutcome> outcomes = new ArrayList<>();

    private ModelCases(String group, Expected expected, Transformer transformer, Scope scope) {
        this.group = group;
        this.expected = expected;
        this.transformer = transformer;
        this.scope = scope;
    }

    /**
     * Runs the cases of several models, each with both spellings of its config where it has two.
     *
     * @param folder  with a folder a model, or one of these
     * @param compute the processor
     * @param parent  owner of intermediate tensors
     * @return the outcomes of all
     */
    public static List<CaseOutcome> runAll(Path folder, Compute compute, Scope parent) {
        return CaseFolder.each(CaseFolder.holding(folder, "expected.json"),
                model -> configs(model).flatMap(config -> run(model, config, compute, parent).stream()).toList());
    }

    private static Stream<String> configs(Path model) {
        Stream<String> newer = Stream.of("config.json");
        return Files.isRegularFile(model.resolve(OLDER)) ? Stream.concat(newer, Stream.of(OLDER)) : newer;
    }

    /**
     * Runs the cases of a folder.
     *
     * @param folder  a model's folder with {@code expected.json} and {@code expected.safetensors}
     * @param config  the config that is read, usually {@code config.json}
     * @param compute the processor
     * @param parent  owner of intermediate tensors
     * @return an outcome a kind of expected tensors; a model that cannot be opened is one outcome
     */
    public static List<CaseOutcome> run(Path folder, String config, Compute compute, Scope parent) {
        String group = folder.getFileName() + (config.equals("config.json") ? "" : " " + config);
        try (Scope scope = parent.child();
                ModelFolder model = ModelFolder.open(folder, config);
                Transformer transformer = Transformer.of(model, compute, scope);
                Expected expected = new Expected(folder, scope)) {
            ModelCases cases = new ModelCases(group, expected, transformer, scope);
            cases.runAll();
            return cases.outcomes;
        } catch (LatheException e) {
            return List.of(new CaseOutcome(group, "open", Optional.of(e.getMessage())));
        }
    }

    private void runAll() {
        add("logits", "input_ids", this::logits);
        add("hidden states", "hidden.embedding", this::states);
        add("ragged logits", "ragged.logits", this::ragged);
        add("long input", "long.logits", this::longInput);
        for (String kind : List.of("greedy", "greedy_short", "long_greedy")) {
            add(kind, kind + ".tokens", () -> continuation(kind));
        }
    }

    private void add(String name, String needed, Supplier<Optional<String>> check) {
        if (!expected.has(needed)) {
            return;
        }
        outcomes.add(CaseFolder.compared(group, name, check));
    }

    private Optional<String> logits() {
        Tensor ids = expected.tensor("input_ids");
        List<Segment> sequences = new ArrayList<>();
        for (int row = 0; row < ids.size(0); row++) {
            sequences.add(Segment.whole(ids.row(row).toInts()));
        }
        return Expected.difference("a logit", transformer.logits(Pass.of(sequences), scope), expected.tensor("logits"),
                expected.tolerance("logits"));
    }

    private Optional<String> states() {
        ModelStates states = new ModelStates(expected, transformer.info().blocks());
        Pass pass = Pass.whole(expected.tensor("input_ids").row(0).toInts()).withListener(states);
        Tensor hidden = transformer.embed(pass, scope);
        states.hidden("hidden.embedding", hidden);
        for (int block = 0; block < transformer.info().blocks(); block++) {
            hidden = transformer.runBlock(block, hidden, pass, scope);
            states.hidden("hidden.block." + block, hidden);
        }
        states.hidden("hidden.final_norm", transformer.finalNorm(hidden, scope));
        return states.difference();
    }

    private Optional<String> ragged() {
        Tensor mask = expected.tensor("ragged.attention_mask");
        Tensor ids = expected.tensor("ragged.input_ids");
        Tensor wanted = expected.tensor("ragged.logits");
        int width = mask.size(1);
        List<Segment> sequences = new ArrayList<>();
        for (int row = 0; row < mask.size(0); row++) {
            int padding = width - Arrays.stream(mask.row(row).toInts()).sum();
            sequences.add(Segment.whole(Arrays.copyOfRange(ids.row(row).toInts(), padding, width)));
        }
        Tensor logits = transformer.logits(Pass.of(sequences), scope);
        int from = 0;
        for (int row = 0; row < sequences.size(); row++) {
            int length = sequences.get(row).rows();
            Optional<String> difference = Expected.difference("a logit of sequence " + row,
                    logits.slice(0, from, from + length), wanted.row(row).slice(0, width - length, width),
                    expected.tolerance("logits"));
            if (difference.isPresent()) {
                return difference;
            }
            from += length;
        }
        return Optional.empty();
    }

    private Optional<String> longInput() {
        Tensor logits = transformer.logits(Pass.whole(expected.ints("long.input_ids")), scope);
        return Expected.difference("a logit", logits.select(expected.ints("long.positions")),
                expected.tensor("long.logits"), expected.tolerance("logits"));
    }

    private Optional<String> continuation(String kind) {
        int[] wanted = expected.ints(kind + ".tokens");
        RunnableModel model = new RunnableModel(transformer, ServingPlan.PLAIN, scope);
        int[] found = new Generator(model, scope)
                .generate(GenerationRequest.greedy(expected.ints(kind + ".prompt"), wanted.length)).tokens();
        int at = Arrays.mismatch(wanted, found);
        return at < 0 ? Optional.empty()
                : Optional.of("new token " + at + " is " + found[at] + " instead of " + wanted[at]);
    }
}
