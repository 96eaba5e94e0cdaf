package lathe.models.check;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

import com.google.gson.JsonParser;

import lathe.models.architecture.ModelFolder;
import lathe.models.checkpoint.SafetensorsFile;
import lathe.models.checkpoint.StrictJson;
import lathe.models.checkpoint.Visible;
import lathe.models.evaluation.Perplexity;
import lathe.models.evaluation.TaskAccuracy;
import lathe.models.generation.Generation;
import lathe.models.generation.GenerationRequest;
import lathe.models.generation.Generator;
import lathe.models.generation.TokenListener;
import lathe.models.transformer.RunnableModel;
import lathe.models.transformer.ServingPlan;
import lathe.models.transformer.Transformer;
import lathe.spi.LatheException;
import lathe.spi.Progress;
import lathe.spi.backend.Compute;
import lathe.spi.graph.Task;
import lathe.spi.tensor.Scope;

/**
 * Trained models with what transformers computes from them: {@code expected.json} and {@code forward.safetensors} in a
 * folder of the model's name. The model itself lies in {@code models/<name>}, texts and questions in {@code data}, both
 * beside {@code golden}.
 */
public final class RealModelCases {
    private static final String EXPECTED = "expected.json";
    private static final long LONGEST = 50_000_000;
    private static final double PERPLEXITY = 1e-3;
    /** Where best and second best logit are closer, another order of additions may choose the other. */
    private static final double SMALLEST_MARGIN = 1e-3;

    private final String group;
    private final Path data;
    private final ModelFolder model;
    private final Transformer transformer;
    private final RunnableModel runnable;
    private final Map<String, Object> expected;
    private final Scope scope;
    private final Predicate<String> wanted;
    private final List<CaseOutcome> outcomes = new ArrayList<>();

    private RealModelCases(String group, Path data, ModelFolder model, Transformer transformer,
            Map<String, Object> expected, Scope scope, Predicate<String> wanted) {
        this.group = group;
        this.data = data;
        this.model = model;
        this.transformer = transformer;
        this.runnable = new RunnableModel(transformer, ServingPlan.PLAIN, scope);
        this.expected = expected;
        this.scope = scope;
        this.wanted = wanted;
    }

    /**
     * Runs the cases of a folder.
     *
     * @param folder  with a folder a model, or one of these
     * @param shared  the folder that holds {@code models} and {@code data}, where they do not lie beside {@code golden}
     * @param wanted  names of the cases that are run
     * @param compute the processor
     * @param parent  owner of intermediate tensors
     * @return an outcome a case; a model that is not there is skipped
     */
    public static List<CaseOutcome> run(Path folder, Path shared, Predicate<String> wanted, Compute compute,
            Scope parent) {
        requireNonNull(folder, "folder is null");
        return CaseFolder.each(CaseFolder.holding(folder, EXPECTED),
                path -> one(path.toAbsolutePath().normalize(), shared, wanted, compute, parent));
    }

    private static List<CaseOutcome> one(Path folder, Path shared, Predicate<String> wanted, Compute compute,
            Scope parent) {
        String name = folder.getFileName().toString();
        Optional<Path> model = beside(folder, shared, Path.of("models", name));
        if (model.isEmpty()) {
            return List.of(CaseOutcome.skipped(name, "all", "there is no folder models/" + name));
        }
        Path data = beside(folder, shared, Path.of("data")).orElse(shared.resolve("data"));
        Map<String, Object> expected = StrictJson.readObject(folder.resolve(EXPECTED), LONGEST);
        try (Scope scope = parent.child();
                ModelFolder opened = ModelFolder.open(model.get());
                Transformer transformer = Transformer.of(opened, compute, scope)) {
            RealModelCases cases = new RealModelCases(name, data, opened, transformer, expected, scope, wanted);
            cases.runAll(folder.resolve("forward.safetensors"));
            return cases.outcomes;
        }
    }

    /** Three up from golden/models-real/name, or in the shared folder. */
    private static Optional<Path> beside(Path folder, Path shared, Path what) {
        List<Path> candidates = new ArrayList<>();
        for (Path up = folder.getParent(); up != null && candidates.size() < 3; up = up.getParent()) {
            candidates.add(up.resolve(what));
        }
        candidates.add(shared.resolve(what));
        // The folder of the cases may itself be called models.
        return candidates.stream().filter(Files::isDirectory).filter(path -> !path.equals(folder)).findFirst();
    }

    private void runAll(Path forward) {
        if (Files.isRegularFile(forward)) {
            try (SafetensorsFile file = SafetensorsFile.open(forward)) {
                new ForwardCases(file, transformer, scope).all().forEach(this::add);
            }
        }
        object(expected.get("token counts")).forEach((text, count) -> add("tokens of " + text,
                () -> tokenCount((String) text, ((Number) count).longValue())));
        object(expected.get("perplexity")).forEach((protocol, entry) -> perplexity((String) protocol, object(entry)));
        expected.forEach((key, value) -> {
            if (key.startsWith("greedy continuations") && value instanceof List<?> prompts) {
                add("greedy continuations", () -> continuations(prompts));
            } else if (key.startsWith("tasks") && value instanceof Map<?, ?> tasks) {
                tasks.forEach((task, entry) -> add("task " + task, () -> task((String) task, object(entry))));
            }
        });
    }

    private void add(String name, Supplier<Optional<String>> check) {
        if (wanted.test(name)) {
            outcomes.add(CaseFolder.compared(group, name, check));
        }
    }

    private Optional<String> tokenCount(String text, long count) {
        int found = tokens(text).length;
        return found == count ? Optional.empty() : Optional.of(found + " instead of " + count);
    }

    private int[] tokens(String text) {
        Path file = data.resolve(text + ".txt");
        try {
            return model.tokenizer().encodePlain(Files.readString(file));
        } catch (IOException e) {
            throw new LatheException("The file " + Visible.path(file) + " cannot be read.", e);
        }
    }

    private void perplexity(String name, Map<?, ?> entry) {
        Optional<TextProtocol> protocol = TextProtocol.named(name, model.tokenizer().special().begin());
        if (protocol.isEmpty()) {
            outcomes.add(CaseOutcome.skipped(group, "perplexity " + name, "the protocol is not known"));
            return;
        }
        add("perplexity " + name, () -> {
            Perplexity metric = new Perplexity(protocol.get().settings());
            double found = metric.measure(new TextScene(runnable, tokens(protocol.get().text()), model.tokenizer(),
                    scope)).getFirst().value();
            double wantedValue = ((Number) entry.get("perplexity")).doubleValue();
            return Math.abs(found - wantedValue) <= PERPLEXITY * wantedValue ? Optional.empty()
                    : Optional.of(String.format(Locale.ROOT, "%.6f instead of %.6f", found, wantedValue));
        });
    }

    private Optional<String> continuations(List<?> prompts) {
        List<Map<?, ?>> certain = new ArrayList<>();
        for (Object prompt : prompts) {
            Map<?, ?> entry = object(prompt);
            if (((Number) entry.get("smallest_margin")).doubleValue() > SMALLEST_MARGIN) {
                certain.add(entry);
            }
        }
        List<GenerationRequest> requests = certain.stream().map(entry -> GenerationRequest.greedy(
                ints(entry.get("prompt_ids")), ints(entry.get("continuation_ids")).length)).toList();
        List<Generation> found = new Generator(runnable, scope).generate(requests, TokenListener.ALL);
        for (int i = 0; i < found.size(); i++) {
            int at = Arrays.mismatch(ints(certain.get(i).get("continuation_ids")), found.get(i).tokens());
            if (at >= 0) {
                return Optional.of("token " + at + " after " + Visible.name(String.valueOf(certain.get(i).get(
                        "prompt"))) + " is another");
            }
        }
        return certain.isEmpty() ? Optional.of("no prompt has a margin above " + SMALLEST_MARGIN) : Optional.empty();
    }

    private Optional<String> task(String name, Map<?, ?> entry) {
        List<?> hits = (List<?>) entry.get("hits");
        List<Task.Sample> samples = samples(data.resolve("tasks").resolve(name + ".jsonl"));
        List<Integer> asked = new ArrayList<>();
        for (int i = 0; i < hits.size(); i++) {
            // Null where prompt and answer exceed the context.
            if (hits.get(i) != null) {
                asked.add(i);
            }
        }
        boolean[] found = new TaskAccuracy(runnable, model.tokenizer(), scope).hits(
                asked.stream().map(samples::get).toList(), Progress.NONE);
        for (int i = 0; i < found.length; i++) {
            if (found[i] != (((Number) hits.get(asked.get(i))).intValue() == 1)) {
                return Optional.of("question " + asked.get(i) + " is answered " + (found[i] ? "right" : "wrong"));
            }
        }
        return Optional.empty();
    }

    private static List<Task.Sample> samples(Path file) {
        try {
            return Files.readAllLines(file).stream().map(line -> JsonParser.parseString(line).getAsJsonObject())
                    .map(line -> new Task.Sample(line.get("prompt").getAsString(), line.get("answer").getAsString()))
                    .toList();
        } catch (IOException e) {
            throw new LatheException("The file " + Visible.path(file) + " cannot be read.", e);
        }
    }

    private static int[] ints(Object list) {
        return ((List<?>) list).stream().mapToInt(id -> ((Number) id).intValue()).toArray();
    }

    private static Map<?, ?> object(Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }
}
