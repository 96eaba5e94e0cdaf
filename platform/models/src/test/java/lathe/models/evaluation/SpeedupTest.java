package lathe.models.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;

import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.spi.LatheException;
import lathe.spi.graph.LanguageModel;
import lathe.spi.graph.Measurement;
import lathe.spi.graph.Metric;
import lathe.spi.model.ModelInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Models whose tokens take so many milliseconds on a machine whose clock the test turns. */
class SpeedupTest {
    private static final Speedup.Prefill PROMPTS = new Speedup.Prefill(10, 12);
    private static final Speedup.Decode TOKENS = new Speedup.Decode(10, 100, 12);

    private final List<String> order = new ArrayList<>();
    private double seconds;

    private Speedup prefill() {
        return Speedup.of(PROMPTS, () -> Math.round(seconds * 1e9));
    }

    private Speedup decode() {
        return Speedup.of(TOKENS, () -> Math.round(seconds * 1e9));
    }

    @Test
    void isTheRatioOfTheTokensASecond() {
        for (Metric metric : List.of(prefill(), decode())) {
            Measurement measured = measure(metric, new Timed("fast", 10), new Timed("slow", 15));
            assertThat(measured.value()).isCloseTo(1.5, within(1e-6));
            assertThat(measured.low().get()).isCloseTo(1.5, within(1e-6));
            assertThat(measured.unit()).isEqualTo("x");
        }
    }

    @Test
    void aMachineThatIsHalfAsFastEveryOtherWhileMovesItLittle() {
        DoubleUnaryOperator machine = now -> now % 20 < 10 ? 1 : 2;
        for (Metric metric : List.of(prefill(), decode())) {
            Measurement measured = measure(metric, new Timed("fast", 10, machine), new Timed("slow", 15, machine));
            assertThat(measured.value()).isCloseTo(1.5, within(1e-6));
            assertThat(measured.low().get()).isLessThanOrEqualTo(1.5 + 1e-6);
            assertThat(measured.high().get()).isGreaterThanOrEqualTo(1.5 - 1e-6);
        }
    }

    @Test
    void whoWasSecondIsFirstInTheNextPair() {
        measure(prefill(), new Timed("a", 10), new Timed("b", 15));
        List<String> last = order.subList(order.size() - 8, order.size());
        assertThat(last.get(1)).isEqualTo(last.get(2)).isNotEqualTo(last.get(0));
        assertThat(String.join("", last)).matches("(abbaabba|baabbaab)");
    }

    @Test
    void tokensOfBothTakeTurnsInsideOneSequence() {
        measure(decode(), new Timed("a", 10), new Timed("b", 10));
        List<String> last = order.subList(order.size() - 198, order.size());
        assertThat(last.subList(0, 33)).containsOnly(last.getFirst());
        // Three turns of each: the second and the third of the six are the other model's.
        assertThat(last.subList(33, 99)).containsOnly(last.get(33)).doesNotContain(last.getFirst());
        assertThat(last.subList(99, 165)).containsOnly(last.getFirst());
    }

    @Test
    void whatTheCompilerSlowsAtTheBeginningDoesNotCount() {
        DoubleUnaryOperator compiler = now -> now < 4 ? 20 : now < 9 ? 4 : 1;
        for (Metric metric : List.of(prefill(), decode())) {
            seconds = 0;
            Measurement measured = measure(metric, new Timed("fast", 10, compiler), new Timed("slow", 15));
            assertThat(measured.low().get()).isCloseTo(1.5, within(1e-6));
            assertThat(measured.high().get()).isCloseTo(1.5, within(1e-6));
        }
    }

    @Test
    void aModelThatBecomesFasterForEverIsWaitedForAMinute() {
        measure(prefill(), new Timed("a", 10, now -> Math.exp(-now / 10)),
                new Timed("b", 10, now -> Math.exp(-now / 10)));
        assertThat(seconds).isBetween(60.0, 61.0);
    }

    @Test
    void theReferenceItselfGetsNoNumber() {
        try (Scope scope = Engine.shared().openScope()) {
            assertThat(prefill().measure(new FixedScene(new Timed("a", 1), Optional.empty(), new int[20], scope)))
                    .isEmpty();
        }
        assertThat(prefill().isRelative()).isTrue();
        assertThat(prefill().wantsQuiet()).isTrue();
    }

    @Test
    void saysThatATextIsTooShort() {
        Speedup metric = Speedup.of(new Speedup.Prefill(21, 1), () -> 0);
        assertThatThrownBy(() -> measure(metric, new Timed("a", 1), new Timed("b", 1)))
                .isInstanceOf(LatheException.class).hasMessageContaining("20 tokens, too few for a prompt of 21");
    }

    @Test
    void anIntervalOfAMedianLiesBetweenTwoOfItsValues() {
        assertThat(Intervals.ofMedian(values(5))).isEmpty();
        assertThat(Intervals.ofMedian(values(6))).contains(new double[] {1, 6});
        assertThat(Intervals.ofMedian(values(20))).contains(new double[] {6, 15});
        // As far from the middle as the normal approximation has it.
        assertThat(Intervals.ofMedian(values(4000)).get()[0]).isCloseTo(2000 - 1.96 * Math.sqrt(4000) / 2, within(2.0));
        assertThat(Intervals.median(values(5))).isEqualTo(3);
        assertThat(Intervals.median(values(6))).isEqualTo(3.5);
    }

    private static List<Double> values(int count) {
        return DoubleStream.iterate(1, value -> value + 1).limit(count).boxed().toList();
    }

    private static Measurement measure(Metric metric, LanguageModel model, LanguageModel reference) {
        try (Scope scope = Engine.shared().openScope()) {
            return metric.measure(new FixedScene(model, Optional.of(reference), new int[20], scope)).getFirst();
        }
    }

    private final class Timed implements LanguageModel {
        private final String name;
        private final double milliseconds;
        private final DoubleUnaryOperator slowness;

        Timed(String name, double milliseconds) {
            this(name, milliseconds, now -> 1);
        }

        /** A token takes longer by a factor that depends on the second. */
        Timed(String name, double milliseconds, DoubleUnaryOperator slowness) {
            this.name = name;
            this.milliseconds = milliseconds;
            this.slowness = slowness;
        }

        @Override
        public ModelInfo info() {
            return new ModelInfo(name, name, 1, 4, 100, 0, 0, List.of(), Set.of());
        }

        @Override
        public Tensor logits(int[] tokens, Scope scope) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Session open() {
            return new Session() {
                @Override
                public Tensor advance(int[] tokens, Scope scope) {
                    order.add(name);
                    seconds += tokens.length * milliseconds / 1000 * slowness.applyAsDouble(seconds);
                    return scope.zeros(4);
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
