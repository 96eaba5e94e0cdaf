package lathe.models.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import lathe.engine.Engine;
import lathe.models.check.CaseOutcome;
import lathe.models.check.SamplingCases;
import lathe.models.checkpoint.SharedFolder;
import lathe.spi.LatheException;
import lathe.spi.tensor.Scope;

/** Distributions against the logits processors of transformers, and the draw. */
class SamplingTest {
    @TestFactory
    Stream<DynamicTest> keepsTheTokensAndProbabilitiesOfTransformers() {
        Stream<Path> folders = Stream.concat(Stream.of(SharedFolder.require("golden/sampling")),
                Arrays.stream(System.getProperty("lathe.golden", "").split(":")).filter(more -> !more.isBlank())
                        .map(more -> Path.of(more).resolve("sampling")).filter(Files::isDirectory));
        try (Scope scope = Engine.shared().openScope()) {
            List<CaseOutcome> outcomes = folders.flatMap(folder -> SamplingCases.run(folder, scope).stream()).toList();
            assertThat(outcomes).hasSizeGreaterThanOrEqualTo(41);
            return outcomes.stream().map(outcome -> DynamicTest.dynamicTest(outcome.name(),
                    () -> assertThat(outcome.difference()).isEmpty()));
        }
    }

    @Test
    void keepsTheTokenThatCrossesTopPAndEqualsOfTheKth() {
        float[] logits = {(float) Math.log(0.5), (float) Math.log(0.3), (float) Math.log(0.2)};
        double[] crossing = Distribution.of(logits, new int[0], Sampling.of(1, 0).withTopP(0.6));
        assertThat(crossing).usingComparatorWithPrecision(1e-6).containsExactly(0.625, 0.375, 0);
        double[] ties = Distribution.of(new float[] {1, 2, 1, 0}, new int[0], Sampling.of(1, 0).withTopK(2));
        assertThat(ties[0]).isEqualTo(ties[2]).isPositive();
        assertThat(ties[3]).isZero();
        double[] penalised = Distribution.of(new float[] {2, -2, 0}, new int[] {0, 1, 0},
                Sampling.of(1, 0).withRepetitionPenalty(2));
        double sum = Math.exp(1) + Math.exp(-4) + 1;
        assertThat(penalised).usingComparatorWithPrecision(1e-9).containsExactly(Math.exp(1) / sum,
                Math.exp(-4) / sum, 1 / sum);
    }

    @Test
    void drawsAsOftenAsProbabilitiesSay() {
        float[] logits = {0, (float) Math.log(2), (float) Math.log(5)};
        TokenChooser chooser = new TokenChooser(Sampling.of(1, 17));
        int[] counts = new int[3];
        for (int i = 0; i < 80_000; i++) {
            counts[chooser.next(logits, new int[0])]++;
        }
        assertThat(counts[0] / 80_000.0).isCloseTo(1 / 8.0, within(0.005));
        assertThat(counts[1] / 80_000.0).isCloseTo(2 / 8.0, within(0.006));
        assertThat(counts[2] / 80_000.0).isCloseTo(5 / 8.0, within(0.006));
    }

    @Test
    void drawsTheSameForTheSameSeedAndOthersForAnother() {
        assertThat(draws(3)).isEqualTo(draws(3)).isNotEqualTo(draws(4));
    }

    @Test
    void refusesSettingsOutOfRange() {
        assertThatThrownBy(() -> Sampling.of(-1, 0)).isInstanceOf(LatheException.class)
                .hasMessageContaining("temperature");
        assertThatThrownBy(() -> Sampling.GREEDY.withTopP(1.5)).isInstanceOf(LatheException.class)
                .hasMessageContaining("top-p");
        assertThatThrownBy(() -> Sampling.GREEDY.withRepetitionPenalty(0)).isInstanceOf(LatheException.class)
                .hasMessageContaining("repetition penalty");
    }

    @Test
    void saysThatLogitsAreNotNumbers() {
        assertThatThrownBy(() -> new TokenChooser(Sampling.GREEDY).next(new float[] {1, Float.NaN}, new int[0]))
                .isInstanceOf(LatheException.class).hasMessageContaining("NaN");
    }

    private static List<Integer> draws(long seed) {
        TokenChooser chooser = new TokenChooser(Sampling.of(1, seed));
        return Stream.generate(() -> chooser.next(new float[] {0, 0, 0, 0}, new int[0])).limit(40).toList();
    }
}
