package lathe.models.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.models.architecture.ModelFolder;
import lathe.models.checkpoint.SharedFolder;
import lathe.models.tokenizer.Tokenizer;
import lathe.models.transformer.RunnableModel;
import lathe.models.transformer.ServingPlan;
import lathe.models.transformer.Transformer;
import lathe.spi.LatheException;
import lathe.spi.Progress;
import lathe.spi.backend.Compute;
import lathe.spi.graph.LanguageModel;
import lathe.spi.graph.Measurement;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

class RollingPerplexityTest {
    /** The example of lm-evaluation-harness: 34 tokens, windows of 10. */
    @Test
    void everyTokenIsPredictedOnceAndTheLastWindowIsFilledUp() {
        List<RollingWindows.Window> windows = RollingWindows.of(IntStream.range(0, 34).toArray(), -100, 10);
        assertThat(windows).extracting(RollingWindows.Window::predicted).containsExactly(10, 10, 10, 4);
        assertThat(windows.get(0).input()).containsExactly(-100, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(windows.get(1).input()).containsExactly(IntStream.range(9, 20).toArray());
        assertThat(windows.get(2).input()).containsExactly(IntStream.range(19, 30).toArray());
        assertThat(windows.get(3).input()).containsExactly(IntStream.range(23, 34).toArray());
        assertThat(windows.get(3).input()[windows.get(3).first()]).isEqualTo(30);
        assertThat(RollingWindows.of(new int[] {5, 6}, 1, 10)).singleElement()
                .satisfies(window -> assertThat(window.input()).containsExactly(1, 5, 6));
    }

    @Test
    void wordsAreCountedAsASplitAtWhiteSpaceCountsThem() {
        assertThat(RollingPerplexity.words("one two\n\nthree")).isEqualTo(3);
        assertThat(RollingPerplexity.words(" one\u00a0two \n")).isEqualTo(4);
        assertThat(RollingPerplexity.words("one")).isEqualTo(1);
    }

    @Test
    void theLossOfAllTokensIsDividedByWordsAndBytes() throws Exception {
        try (Opened model = new Opened()) {
            String text = Files.readString(SharedFolder.require("data").resolve("sherlock.txt")).substring(0, 900)
                    + " caf\u00e9";
            List<Measurement> found = new RollingPerplexity(new RollingPerplexity.Settings(Optional.of(64), 0,
                    Optional.empty())).measure(model.scene(List.of(text)));
            double loss = naiveLoss(model, text, 64);
            double bytes = text.getBytes(StandardCharsets.UTF_8).length;
            assertThat(found).extracting(Measurement::metric)
                    .containsExactly("word-perplexity", "byte-perplexity", "bits-per-byte");
            assertThat(found.get(0).value()).isCloseTo(Math.exp(loss / text.split("\\s+", -1).length),
                    withinPercentage(1e-4));
            assertThat(found.get(1).value()).isCloseTo(Math.exp(loss / bytes), within(1e-5));
            assertThat(found.get(2).value()).isCloseTo(loss / bytes / Math.log(2), within(1e-5));
            assertThat(found).allSatisfy(measurement -> {
                assertThat(measurement.protocol()).isEqualTo("rolling-64");
                assertThat(measurement.value()).isBetween(measurement.low().orElseThrow(),
                        measurement.high().orElseThrow());
            });
        }
    }

    @Test
    void documentsAreJudgedWithoutEachOther() throws Exception {
        try (Opened model = new Opened()) {
            RollingPerplexity metric = new RollingPerplexity(new RollingPerplexity.Settings(Optional.empty(), 0,
                    Optional.empty()));
            String first = "It was a cold morning in the spring.";
            String second = "We sat on either side of a fire.";
            double loss = naiveLoss(model, first, 1024) + naiveLoss(model, second, 1024);
            assertThat(metric.measure(model.scene(List.of(first, second))).getFirst().value())
                    .isCloseTo(Math.exp(loss / 16), within(Math.exp(loss / 16) * 1e-4));
            assertThatThrownBy(() -> metric.measure(model.scene(List.of()))).isInstanceOf(LatheException.class)
                    .hasMessageContaining("none but tokens");
        }
    }

    /** Token by token: the context of token i begins where the window of i begins. */
    private static double naiveLoss(Opened model, String text, int length) {
        int[] tokens = model.tokenizer.encodePlain(text);
        double sum = 0;
        for (int i = 0; i < tokens.length; i++) {
            int start = i / length * length;
            int end = Math.min(tokens.length, start + length);
            int from = start == 0 ? -1 : end - length - 1;
            int[] context = new int[i - from];
            for (int j = 0; j < context.length; j++) {
                context[j] = from + j < 0 ? model.tokenizer.special().begin().getAsInt() : tokens[from + j];
            }
            try (Scope local = model.scope.child()) {
                Tensor logits = model.runnable.logits(context, local);
                Tensor last = logits.slice(0, context.length - 1, context.length);
                sum += last.logSumExp().toFloats()[0] - last.get(0, tokens[i]);
            }
        }
        return sum;
    }

    private record Scene(LanguageModel subject, List<String> documents, Tokenizer tokenizer, Scope scope)
            implements
                TokenizedScene {
        @Override
        public Optional<LanguageModel> reference() {
            return Optional.empty();
        }

        @Override
        public int[] tokens() {
            return new int[0];
        }

        @Override
        public Progress progress() {
            return Progress.NONE;
        }
    }

    private static final class Opened implements AutoCloseable {
        private final Scope scope = Engine.shared().openScope();
        private final Compute compute = new CpuBackend(Engine.shared()).open(Engine.shared().parallel());
        private final ModelFolder folder = ModelFolder.open(SharedFolder.require("models/lathe-tiny"));
        private final Transformer transformer = Transformer.of(folder, compute, scope);
        private final RunnableModel runnable = new RunnableModel(transformer, ServingPlan.PLAIN, scope);
        private final Tokenizer tokenizer = folder.tokenizer();

        Scene scene(List<String> documents) {
            return new Scene(runnable, documents, tokenizer, scope);
        }

        @Override
        public void close() {
            Arrays.<Runnable>asList(transformer::close, folder::close, scope::close).forEach(Runnable::run);
        }
    }
}
