package lathe.models.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.models.transformer.ServingPlan;
import lathe.models.transformer.SmallModel;
import lathe.spi.LatheException;
import lathe.spi.graph.LanguageModel;
import lathe.spi.graph.Measurement;
import lathe.spi.graph.Metric;
import lathe.spi.model.ModelInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Metrics on models whose numbers are known. */
class MetricsTest {
    private static final int VOCABULARY = 8;

    @Test
    void aModelThatKnowsNothingHasThePerplexityOfItsVocabulary() {
        for (Perplexity.Protocol protocol : Perplexity.Protocol.values()) {
            Perplexity.Settings settings = new Perplexity.Settings(16, 0, protocol, Optional.of(4), 1, Optional.empty(),
                    0);
            assertThat(measure(new Perplexity(settings), new Fixed(0), Optional.empty(), 64).value())
                    .as(protocol.toString()).isCloseTo(VOCABULARY, within(1e-5));
        }
    }

    @Test
    void perplexityCountsEveryTokenButTheFirstOfAWindow() {
        // Token 0 has the logit ln(7): probability 1/2, the others 1/14. Of 0 1 2 3 0 1 2 3 three 0s and 12 others count.
        Fixed model = new Fixed((float) Math.log(7));
        double expected = Math.exp((3 * Math.log(2) + 12 * Math.log(14)) / 15);
        assertThat(measure(new Perplexity(Perplexity.Settings.windowed(16, 1)), model, Optional.empty(), 16).value())
                .isCloseTo(expected, within(1e-4));
    }

    @Test
    void divergenceIsThatOfTheTwoDistributions() {
        Fixed reference = new Fixed((float) Math.log(7));
        Fixed subject = new Fixed(0);
        double expected = 0.5 * Math.log(0.5 * 8) + 0.5 * Math.log(8 / 14.0);
        Measurement kl = measure(new ReferenceDistance(new ReferenceDistance.Settings(16, 0),
                ReferenceDistance.Distance.KL), subject, Optional.of(reference), 32);
        assertThat(kl.value()).isCloseTo(expected, within(1e-5));
        assertThat(kl.unit()).isEqualTo("nats");
    }

    @Test
    void agreementIsTheFractionOfEqualBestTokens() {
        ReferenceDistance agreement = new ReferenceDistance(new ReferenceDistance.Settings(16, 0),
                ReferenceDistance.Distance.TOP1);
        assertThat(measure(agreement, new Fixed(1), Optional.of(new Fixed(2)), 32).value()).isEqualTo(1);
        assertThat(measure(agreement, new Fixed(-1), Optional.of(new Fixed(2)), 32).value()).isZero();
    }

    @Test
    void theReferenceItselfGetsNoDistance() {
        try (Scope scope = Engine.shared().openScope()) {
            assertThat(new ReferenceDistance(new ReferenceDistance.Settings(16, 0), ReferenceDistance.Distance.KL)
                    .measure(new FixedScene(new Fixed(0), Optional.empty(), tokens(32), scope))).isEmpty();
        }
    }

    @Test
    void saysThatATextIsTooShort() {
        assertThatThrownBy(() -> measure(new Perplexity(Perplexity.Settings.windowed(512, 40)), new Fixed(0),
                Optional.empty(), 100)).isInstanceOf(LatheException.class).hasMessageContaining("100 tokens");
    }

    @Test
    void countsBitsOfStoredWeightsAndBytesOfCaches() {
        try (SmallModel model = SmallModel.dense(2, 1)) {
            LanguageModel runnable = model.runnable(ServingPlan.PLAIN);
            assertThat(measure(new Size(Size.Of.BITS_PER_WEIGHT), runnable, Optional.empty(), 1).value()).isEqualTo(32);
            assertThat(measure(new Size(Size.Of.BYTES), runnable, Optional.empty(), 1).value())
                    .isEqualTo(runnable.weightBytes());
            Speed.Settings settings = new Speed.Settings(20, 5, 2);
            assertThat(measure(new Speed(settings, Speed.Of.CACHE_BYTES), runnable, Optional.empty(), 30).value())
                    .isEqualTo(2.0 * 24 * 2 * 2 * 8 * 4);
            assertThat(new Memory(new Memory.Settings(20, 4))
                    .measure(new FixedScene(runnable, Optional.empty(), tokens(30), model.scope())))
                    .extracting(Measurement::protocol, Measurement::value)
                    .contains(org.assertj.core.groups.Tuple.tuple("cache", 2.0 * 24 * 2 * 2 * 8 * 4));
            for (Speed.Of what : Speed.Of.values()) {
                assertThat(measure(new Speed(settings, what), runnable, Optional.empty(), 30).value()).isPositive();
            }
        }
    }

    @Test
    void everyBuiltInMetricHasANameOfItsOwnAndASummary() {
        assertThat(BuiltInMetrics.methods()).extracting(method -> method.id()).doesNotHaveDuplicates()
                .contains("perplexity", "kl", "top1-agreement", "bytes", "bits-per-weight", "prefill-speed",
                        "decode-speed");
        assertThat(BuiltInMetrics.methods()).allMatch(method -> !method.summary().isBlank());
    }

    private static Measurement measure(Metric metric, LanguageModel model, Optional<LanguageModel> reference,
            int tokens) {
        try (Scope scope = Engine.shared().openScope()) {
            return metric.measure(new FixedScene(model, reference, tokens(tokens), scope)).getFirst();
        }
    }

    private static int[] tokens(int count) {
        return IntStream.range(0, count).map(i -> i % 4).toArray();
    }

    /** Gives token 0 one logit and all others 0, whatever came before. */
    private record Fixed(float logit) implements LanguageModel {
        @Override
        public ModelInfo info() {
            return new ModelInfo("fixed", "fixed", 1, VOCABULARY, 100, 0, 0, List.of(), Set.of());
        }

        @Override
        public Tensor logits(int[] tokens, Scope scope) {
            Tensor logits = scope.zeros(tokens.length, VOCABULARY);
            for (int i = 0; i < tokens.length; i++) {
                logits.set(logit, i, 0);
            }
            return logits;
        }

        @Override
        public Session open() {
            return new Session() {
                @Override
                public Tensor advance(int[] tokens, Scope scope) {
                    return logits(tokens, scope).row(tokens.length - 1);
                }

                @Override
                public long cacheBytes() {
                    return 0;
                }

                @Override
                public void close() {
                    // Nothing to free.
                }
            };
        }

        @Override
        public long weightBytes() {
            return 0;
        }
    }
}
