package lathe.models.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import lathe.engine.Engine;
import lathe.models.checkpoint.SafetensorsFile;
import lathe.models.checkpoint.SharedFolder;
import lathe.models.checkpoint.StrictJson;
import lathe.spi.LatheException;
import lathe.spi.numeric.RandomStream;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** The generator of Zoology's task against the authors' examples and its own law. */
class AssociativeRecallTest {
    @ParameterizedTest
    @ValueSource(strings = {"mqar-small", "mqar-filled", "mqar-uniform-gaps"})
    void judgesTheExamplesOfTheAuthorsAsTheyDo(String name) {
        Path folder = SharedFolder.require("golden/methods/attention/zoology");
        Map<?, ?> parameters = (Map<?, ?>) StrictJson.readObject(folder.resolve(name + ".json"), 1_000_000)
                .get("parameters");
        AssociativeRecall.Settings settings = new AssociativeRecall.Settings(number(parameters, "vocab"),
                number(parameters, "length"), number(parameters, "num_kv_pairs"),
                ((Number) parameters.get("power_a")).doubleValue(), (Boolean) parameters.get("random_non_queries"));
        try (Scope scope = Engine.shared().openScope();
                SafetensorsFile file = SafetensorsFile.open(folder.resolve(name + ".safetensors"))) {
            double[] law = AssociativeRecall.slotProbabilities(settings);
            Tensor wanted = file.find("out.slot_probability").orElseThrow().tensor(scope);
            for (int s = 0; s < law.length; s++) {
                assertThat(law[s]).isCloseTo(wanted.get(s), within(1e-9));
            }
            Tensor x = file.find("in.x").orElseThrow().tensor(scope);
            Tensor y = file.find("in.y").orElseThrow().tensor(scope);
            Tensor predictions = file.find("in.predictions").orElseThrow().tensor(scope);
            Tensor accuracy = file.find("out.accuracy").orElseThrow().tensor(scope);
            for (int i = 0; i < x.size(0); i++) {
                requireExample(settings, new AssociativeRecall.Example(x.row(i).toInts(), y.row(i).toInts()));
                assertThat(AssociativeRecall.accuracy(predictions.row(i).toInts(), y.row(i).toInts()))
                        .isCloseTo(accuracy.get(i), within(1e-9));
            }
            file.find("in.logits").ifPresent(logits -> assertThat(loss(logits.tensor(scope), y)).isCloseTo(
                    file.find("out.loss").orElseThrow().tensor(scope).reshape(1).get(0), within(1e-5)));
        }
    }

    private static double loss(Tensor logits, Tensor y) {
        double sum = 0;
        int judged = 0;
        for (int i = 0; i < logits.size(0); i++) {
            int[] labels = y.row(i).toInts();
            sum += AssociativeRecall.loss(logits.row(i), labels);
            judged += (int) Arrays.stream(labels).filter(label -> label != AssociativeRecall.IGNORED).count();
        }
        return sum / judged;
    }

    private static int number(Map<?, ?> parameters, String name) {
        return ((Number) parameters.get(name)).intValue();
    }

    @ParameterizedTest
    @CsvSource({"64, 32, 4, 0.01, false", "512, 64, 16, 0.01, true", "8192, 512, 64, 1, false"})
    void examplesObeyTheInvariantsOfTheTask(int vocabulary, int length, int pairs, double power, boolean filled) {
        AssociativeRecall.Settings settings = new AssociativeRecall.Settings(vocabulary, length, pairs, power, filled);
        List<AssociativeRecall.Example> examples = AssociativeRecall.examples(settings, 50, random());
        examples.forEach(example -> requireExample(settings, example));
        assertThat(AssociativeRecall.examples(settings, 3, random()).get(2).input())
                .isEqualTo(examples.get(2).input());
        assertThat(examples.get(0).input()).isNotEqualTo(examples.get(1).input());
    }

    private static void requireExample(AssociativeRecall.Settings settings, AssociativeRecall.Example example) {
        Map<Integer, Integer> values = new HashMap<>();
        for (int i = 0; i < settings.pairs(); i++) {
            int key = example.input()[2 * i];
            int value = example.input()[2 * i + 1];
            assertThat(key).isBetween(1, settings.vocabulary() / 2 - 1);
            assertThat(value).isBetween(settings.vocabulary() / 2, settings.vocabulary() - 1);
            values.put(key, value);
        }
        assertThat(values).hasSize(settings.pairs());
        assertThat(new HashSet<>(values.values())).hasSize(settings.pairs());
        Set<Integer> asked = new HashSet<>();
        for (int at : example.queries()) {
            assertThat((at - 2 * settings.pairs()) % 2).isZero();
            assertThat(example.labels()[at]).isEqualTo(values.get(example.input()[at]));
            asked.add(example.input()[at]);
        }
        assertThat(asked).isEqualTo(values.keySet());
        for (int at = 2 * settings.pairs(); at < settings.length(); at++) {
            if (example.labels()[at] == AssociativeRecall.IGNORED && !settings.randomNonQueries()) {
                assertThat(example.input()[at]).isZero();
            }
        }
    }

    @Test
    void slotsAreDrawnByTheLawWithoutReplacement() {
        // Two slots of three: the probability that slot 0 is among them is p0 + p1 p0/(1-p1) + p2 p0/(1-p2).
        AssociativeRecall.Settings settings = new AssociativeRecall.Settings(64, 10, 2, 0.5, false);
        double[] p = AssociativeRecall.slotProbabilities(settings);
        assertThat(p).hasSize(3);
        double expected = p[0] + p[1] * p[0] / (1 - p[1]) + p[2] * p[0] / (1 - p[2]);
        int count = 4000;
        long hits = AssociativeRecall.examples(settings, count, random()).stream()
                .filter(example -> example.labels()[4] != AssociativeRecall.IGNORED).count();
        assertThat((double) hits / count).isCloseTo(expected, within(0.03));
    }

    @Test
    void refusesWhatHasNoRoom() {
        assertThatThrownBy(() -> new AssociativeRecall.Settings(64, 64, 4, 1, true))
                .isInstanceOf(LatheException.class).hasMessageContaining("more than the 64");
        assertThatThrownBy(() -> new AssociativeRecall.Settings(640, 64, 17, 1, true))
                .isInstanceOf(LatheException.class).hasMessageContaining("at least 68");
    }

    private static RandomStream random() {
        return Engine.shared().random(7, "recall").stream("mqar", 0);
    }
}
