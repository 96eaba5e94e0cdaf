package lathe.models.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import lathe.engine.Engine;
import lathe.models.checkpoint.SafetensorsFile;
import lathe.models.checkpoint.SharedFolder;
import lathe.models.checkpoint.StrictJson;
import lathe.spi.LatheException;
import lathe.spi.tensor.Scope;

/** Distributions against the logits processors of transformers, and the draw. */
class SamplingTest {
    static Stream<Arguments> cases() {
        Stream<Path> folders = Stream.concat(Stream.of(SharedFolder.require("golden/sampling")),
                Arrays.stream(System.getProperty("lathe.golden", "").split(":")).filter(more -> !more.isBlank())
                        .map(more -> Path.of(more).resolve("sampling")).filter(Files::isDirectory));
        return folders.flatMap(folder -> {
            List<?> entries = (List<?>) StrictJson.readObject(folder.resolve("sampling.json"), 1_000_000).get("cases");
            return entries.stream().map(entry -> (Map<?, ?>) entry)
                    .map(entry -> Arguments.of(entry.get("case") + " " + entry.get("parameters"), folder, entry));
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void keepsTheTokensAndProbabilitiesOfTransformers(String name, Path folder, Map<?, ?> entry) {
        try (Scope scope = Engine.shared().openScope();
                SafetensorsFile file = SafetensorsFile.open(folder.resolve("sampling.safetensors"))) {
            Sampling sampling = sampling((Map<?, ?>) entry.get("parameters"));
            List<Integer> ties = tiedRows(entry);
            for (int row = 0; row < 3; row++) {
                float[] logits = row(file, scope, (String) entry.get("logits"), row);
                int[] history = file.find("history").orElseThrow().tensor(scope).row(row).toInts();
                double[] actual = Distribution.of(logits, history, sampling);
                float[] expected = row(file, scope, entry.get("case") + ".probabilities", row);
                float[] kept = row(file, scope, entry.get("case") + ".kept", row);
                if (ties.contains(row)) {
                    Arrays.sort(actual);
                    Arrays.sort(expected);
                    Arrays.sort(kept);
                }
                for (int i = 0; i < actual.length; i++) {
                    assertThat(actual[i] > 0).as("row %d token %d is kept", row, i).isEqualTo(kept[i] == 1);
                    assertThat(actual[i]).as("row %d token %d", row, i)
                            .isCloseTo(expected[i], within(1e-7 + 1e-5 * expected[i]));
                }
            }
        }
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

    private static Sampling sampling(Map<?, ?> parameters) {
        return new Sampling(number(parameters, "temperature").orElse(1.0),
                number(parameters, "top_k").map(Double::intValue), number(parameters, "top_p"),
                number(parameters, "min_p"), number(parameters, "repetition_penalty").orElse(1.0), 0);
    }

    private static Optional<Double> number(Map<?, ?> parameters, String name) {
        return Optional.ofNullable((Number) parameters.get(name)).map(Number::doubleValue);
    }

    private static List<Integer> tiedRows(Map<?, ?> entry) {
        return entry.get("ties_at_cut") instanceof Map<?, ?> ties
                ? ((List<?>) ties.get("rows")).stream().map(row -> ((Number) row).intValue()).toList()
                : List.of();
    }

    private static float[] row(SafetensorsFile file, Scope scope, String name, int row) {
        return file.find(name).orElseThrow().tensor(scope).row(row).toFloats();
    }
}
