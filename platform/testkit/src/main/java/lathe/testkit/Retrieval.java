package lathe.testkit;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.models.architecture.ModelFolder;
import lathe.models.tokenizer.Tokenizer;
import lathe.models.transformer.RunnableModel;
import lathe.models.transformer.ServingPlan;
import lathe.models.transformer.Transformer;
import lathe.spi.Kind;
import lathe.spi.Plugin;
import lathe.spi.backend.Compute;
import lathe.spi.graph.LanguageModel;
import lathe.spi.kv.Budget;
import lathe.spi.kv.Evictor;
import lathe.spi.kv.KvPolicy;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.testkit.scene.ListeningEvictor;
import lathe.testkit.scene.MethodFactory;
import lathe.testkit.scene.MethodSource;

/**
 * Retrieval of the real model of the shared folder through a cache policy, under the protocol of {@code golden/e2e/kv.json}:
 * a context is read exactly and cut once; what follows goes through what is left of it. Samples are those of
 * {@code data/tasks}; the reference drew others of the same kind, 20 a task.
 */
public final class Retrieval {
    private static final int REFERENCE_SAMPLES = 20;
    private static final int VOCABULARY = 4096;

    private final Path shared;

    private Retrieval(Path shared) {
        this.shared = shared;
    }

    /** What is asked, and where the context ends. */
    public enum Task {
        /** One of thirty facts; the context ends before the question. */
        KV_AGNOSTIC("key-value-30.jsonl", "Questions.\n", 5),
        /** One of thirty facts; the question is in the context. */
        KV_AWARE("key-value-30.jsonl", " is", 5),
        /** A number in 256 tokens of text; the question is in the context, the beginning of the answer is not. */
        PASSKEY_256("passkey-256.jsonl", "What is the pass key?", 5),
        /** A number in 512 tokens of text. */
        PASSKEY_512("passkey-512.jsonl", "What is the pass key?", 5),
        /** A number in 1000 tokens of text. */
        PASSKEY_1000("passkey-1000.jsonl", "What is the pass key?", 5);

        private final String file;
        private final String lastWords;
        private final int answerTokens;

        Task(String file, String lastWords, int answerTokens) {
            this.file = file;
            this.lastWords = lastWords;
            this.answerTokens = answerTokens;
        }
    }

    /**
     * The shared folder that the system property {@code lathe.shared} names.
     *
     * @return empty if its model, tasks or reference figures are not there
     */
    public static Optional<Retrieval> find() {
        Path shared = Path.of(System.getProperty("lathe.shared", "../shared")).toAbsolutePath().normalize();
        boolean there = List.of("models/lathe-tiny/config.json", "data/tasks/key-value-30.jsonl",
                "golden/e2e/kv.json").stream().allMatch(name -> Files.isRegularFile(shared.resolve(name)));
        return there ? Optional.of(new Retrieval(shared)) : Optional.empty();
    }

    /**
     * A question and its answer.
     *
     * @param prompt text up to the answer, without a blank at its end
     * @param answer what is right
     */
    public record Sample(String prompt, String answer) {}

    /**
     * What the model said.
     *
     * @param tokens what it generated
     * @param right  whether that is the answer
     * @param kept   positions of the context's tokens that stayed, of every key/value head of every layer in turn; none if
     *               the policy is no evictor
     */
    public record Answer(List<Integer> tokens, boolean right, List<int[]> kept) {}

    /**
     * The part of the questions that is answered rightly.
     *
     * @param task    what is asked
     * @param samples how many, at most 40
     * @param id      the cache policy
     * @param hocon   its settings, those of the common budget among them
     * @param plugins where the policy is, and what it builds on
     * @return between 0 and 1
     */
    public double rate(Task task, int samples, String id, String hocon, Plugin... plugins) {
        requireNonNull(task, "task is null");
        return answers(task, samples(task).subList(0, samples), id, hocon, plugins).stream()
                .mapToInt(answer -> answer.right() ? 1 : 0).average().orElseThrow();
    }

    private List<Sample> samples(Task task) {
        try (Stream<String> lines = Files.lines(shared.resolve("data/tasks").resolve(task.file))) {
            return lines.map(line -> JsonParser.parseString(line).getAsJsonObject())
                    .map(json -> new Sample(json.get("prompt").getAsString(), json.get("answer").getAsString()))
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException("The tasks in " + shared + " cannot be read", failure);
        }
    }

    /**
     * What the model says to questions of one's own.
     *
     * @param task    what is asked, and where the context ends
     * @param samples the questions
     * @param id      the cache policy
     * @param hocon   its settings, those of the common budget among them
     * @param plugins where the policy is, and what it builds on
     * @return an answer a question
     */
    public List<Answer> answers(Task task, List<Sample> samples, String id, String hocon, Plugin... plugins) {
        requireNonNull(task, "task is null");
        Path path = shared.resolve("models/lathe-tiny");
        Compute compute = new CpuBackend(Engine.shared()).open(Engine.shared().parallel());
        List<int[]> kept = new ArrayList<>();
        try (Scope scope = Engine.shared().openScope();
                ModelFolder folder = ModelFolder.open(path);
                Transformer transformer = Transformer.of(folder, compute, scope)) {
            RunnableModel model = new RunnableModel(transformer, plan(kept, id, hocon, plugins), scope);
            Tokenizer tokenizer = Tokenizer.open(path, VOCABULARY);
            List<Answer> answers = new ArrayList<>();
            for (Sample sample : samples) {
                kept.clear();
                List<Integer> said = answer(task, sample.prompt() + " ", model, tokenizer, scope);
                String text = text(tokenizer, said);
                boolean right = (task.lastWords.startsWith("What") ? text : text.strip()).equals(sample.answer());
                answers.add(new Answer(said, right, List.copyOf(kept)));
            }
            return answers;
        }
    }

    private static ServingPlan plan(List<int[]> kept, String id, String hocon, Plugin... plugins) {
        MethodFactory factory = new MethodFactory(MethodSource.of(plugins), Engine.shared());
        ConfigObject keys = ConfigFactory.parseString(hocon).resolve().root();
        ServingPlan plain = ServingPlan.PLAIN.withRandom(factory.services().random());
        if (factory.find(Kind.KV_POLICY, id).contract() == Evictor.class) {
            MethodFactory.Made made = factory.make(Kind.KV_POLICY, id, keys, List.of(Budget.class));
            Evictor evictor = new ListeningEvictor((Evictor) made.method(), heads -> kept.addAll(List.of(heads)));
            return plain.withCache(evictor, (Budget) made.common().getFirst());
        }
        return plain.withCache((KvPolicy) factory.make(Kind.KV_POLICY, id, keys, List.of()).method());
    }

    private static List<Integer> answer(
            Task task, String prompt, LanguageModel model, Tokenizer tokenizer, Scope scope) {
        int end = prompt.lastIndexOf(task.lastWords) + task.lastWords.length();
        int[] context = withStart(tokenizer.encodePlain(prompt.substring(0, end)));
        int[] rest = tokenizer.encodePlain(prompt.substring(end));
        try (LanguageModel.Session session = model.open()) {
            int next = next(session, context, scope);
            for (int token : rest) {
                next = next(session, new int[] {token}, scope);
            }
            List<Integer> said = new ArrayList<>();
            while (!text(tokenizer, List.of(next)).contains("\n")) {
                said.add(next);
                if (said.size() == task.answerTokens) {
                    break;
                }
                next = next(session, new int[] {next}, scope);
            }
            return said;
        }
    }

    /** Every sequence starts with the token of the beginning, which is 0 in lathe-tiny. */
    private static int[] withStart(int[] tokens) {
        int[] all = new int[tokens.length + 1];
        System.arraycopy(tokens, 0, all, 1, tokens.length);
        return all;
    }

    private static int next(LanguageModel.Session session, int[] tokens, Scope scope) {
        try (Scope local = scope.child()) {
            Tensor logits = session.advance(tokens, local);
            float[] values = logits.toFloats();
            int best = 0;
            for (int i = 1; i < values.length; i++) {
                best = values[i] > values[best] ? i : best;
            }
            return best;
        }
    }

    private static String text(Tokenizer tokenizer, List<Integer> tokens) {
        return tokenizer.decode(tokens.stream().mapToInt(Integer::intValue).toArray(), true);
    }

    /**
     * What the authors' algorithm reached.
     *
     * @param task what is asked
     * @param name policy and share kept, such as {@code snapkv@0.5}
     * @return the rate of 20 samples
     */
    public double reference(Task task, String name) {
        try {
            JsonObject results = JsonParser.parseString(Files.readString(shared.resolve("golden/e2e/kv.json")))
                    .getAsJsonObject().getAsJsonObject("results");
            return results.getAsJsonObject(task.name().toLowerCase(Locale.ROOT)).get(name).getAsDouble();
        } catch (IOException failure) {
            throw new UncheckedIOException("The reference figures in " + shared + " cannot be read", failure);
        }
    }

    /**
     * By how much a rate may differ from the reference by chance: two standard errors of the difference.
     *
     * @param reference rate of the reference
     * @param samples   questions of the other rate
     * @return a distance
     */
    public static double spread(double reference, int samples) {
        // A rate of 0 or 1 of 20 samples does not say that there is no spread (Laplace's rule).
        double rate = (reference * REFERENCE_SAMPLES + 1) / (REFERENCE_SAMPLES + 2);
        return 2 * Math.sqrt(rate * (1 - rate) * (1.0 / REFERENCE_SAMPLES + 1.0 / samples));
    }
}
