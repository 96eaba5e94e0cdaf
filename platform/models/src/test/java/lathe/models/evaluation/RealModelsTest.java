package lathe.models.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.models.architecture.ModelFolder;
import lathe.models.check.CaseOutcome;
import lathe.models.check.RealModelCases;
import lathe.models.checkpoint.SharedFolder;
import lathe.models.checkpoint.StrictJson;
import lathe.models.tokenizer.Tokenizer;
import lathe.models.transformer.RunnableModel;
import lathe.models.transformer.ServingPlan;
import lathe.models.transformer.Transformer;
import lathe.spi.Progress;
import lathe.spi.backend.Compute;
import lathe.spi.graph.Measurement;
import lathe.spi.tensor.Scope;

/** The trained models of the shared folder against what transformers computes from them. */
class RealModelsTest {
    /** What takes no longer than some seconds; {@code lathe golden models-real} runs all. */
    private static final Set<String> QUICK = Set.of("logits", "hidden states", "router choices", "tokens of sherlock",
            "perplexity sherlock first 40 windows of 512, no bos", "greedy continuations", "task key-value-10",
            "task copy-25");

    @ParameterizedTest
    @ValueSource(strings = {"lathe-tiny", "lathe-tiny-moe"})
    void computesWhatTransformersComputes(String name) {
        Path folder = SharedFolder.require("golden/models-real/" + name);
        try (Scope scope = Engine.shared().openScope();
                Compute compute = new CpuBackend(Engine.shared()).open(Engine.shared().parallel())) {
            List<CaseOutcome> outcomes = RealModelCases.run(folder, SharedFolder.require("."), QUICK::contains,
                    compute, scope);
            assertThat(outcomes).filteredOn(outcome -> !outcome.isEqual()).isEmpty();
            assertThat(outcomes).hasSize(name.endsWith("moe") ? QUICK.size() : QUICK.size() - 1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lathe-tiny", "lathe-tiny-moe"})
    void protocolsAgreeOnWindowsThatAreTheSame(String name) throws Exception {
        try (Opened model = new Opened(name)) {
            int[] text = Arrays.copyOf(model.sherlock(), 4 * 64);
            double windowed = model.measure(new Perplexity(Perplexity.Settings.windowed(64, 0)), text);
            double cached = model.measure(new Perplexity(new Perplexity.Settings(64, 0,
                    Perplexity.Protocol.THROUGH_THE_CACHE, Optional.empty(), 1, Optional.empty(), 0)), text);
            assertThat(cached).isCloseTo(windowed, within(windowed * 1e-5));
            int[] one = Arrays.copyOf(text, 64);
            double strided = model.measure(new Perplexity(new Perplexity.Settings(64, 0, Perplexity.Protocol.STRIDED,
                    Optional.of(32), 1, Optional.empty(), 0)), one);
            assertThat(strided).isCloseTo(model.measure(new Perplexity(Perplexity.Settings.windowed(64, 0)), one),
                    within(1e-3));
        }
    }

    @Test
    void choosesTheContinuationThatTheTextHas() {
        try (Opened model = new Opened("lathe-tiny")) {
            MultipleChoice choice = new MultipleChoice(model.runnable, model.tokenizer(), model.scope);
            var question = new MultipleChoice.Question(
                    "Facts.\nsmell is 016\nsurge is 923\nheir is 216\nQuestions.\nsurge is",
                    List.of(" 016", " 923", " 216"), 1);
            assertThat(choice.measure("facts", List.of(question), Progress.NONE)).extracting(Measurement::value)
                    .containsExactly(1.0, 1.0);
            // Likelihoods of parts add up to that of the whole.
            double whole = choice.logLikelihood("It was a", " cold morning in");
            double parts = choice.logLikelihood("It was a", " cold")
                    + choice.logLikelihood("It was a cold", " morning in");
            assertThat(whole).isCloseTo(parts, within(1e-3));
        }
    }

    private static int[] ints(Object entry, String name) {
        return ((List<?>) ((Map<?, ?>) entry).get(name)).stream().mapToInt(id -> ((Number) id).intValue()).toArray();
    }

    /** A model of the shared folder with what is expected of it. */
    private static final class Opened implements AutoCloseable {
        private final Scope scope = Engine.shared().openScope();
        private final Compute compute = new CpuBackend(Engine.shared()).open(Engine.shared().parallel());
        private final Path path;
        private final ModelFolder folder;
        private final Transformer transformer;
        private final RunnableModel runnable;
        private final Map<String, Object> expected;

        Opened(String name) {
            path = SharedFolder.require("models/" + name);
            folder = ModelFolder.open(path);
            transformer = Transformer.of(folder, compute, scope);
            runnable = new RunnableModel(transformer, ServingPlan.PLAIN, scope);
            expected = StrictJson.readObject(
                    SharedFolder.require("golden/models-real/" + name).resolve("expected.json"), 10_000_000);
        }

        int[] sherlock() throws Exception {
            String text = Files.readString(SharedFolder.require("data").resolve("sherlock.txt"));
            return tokenizer().encodePlain(text);
        }

        Tokenizer tokenizer() {
            return Tokenizer.open(path, transformer.info().vocabulary());
        }

        double measure(lathe.spi.graph.Metric metric, int[] tokens) {
            return metric.measure(new FixedScene(runnable, Optional.empty(), tokens, scope)).getFirst().value();
        }

        @Override
        public void close() {
            Stream.<Runnable>of(transformer::close, folder::close, scope::close).forEach(Runnable::run);
        }
    }
}
