package lathe.models.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import lathe.spi.graph.Task.Sample;

/** Generated questions have one right answer, which stands in them. */
class GeneratedTasksTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void theAnswerOfAKeyIsTheValueThatStandsBesideIt(long seed) {
        Sample sample = GeneratedTasks.keyValue(new GeneratedTasks.KeyValue(30, 3), draw(seed));
        String asked = sample.prompt().substring(sample.prompt().lastIndexOf('\n') + 1);
        assertThat(sample.prompt()).contains("\n" + asked + sample.answer() + "\n");
        assertThat(Pattern.compile("^\\w+ is \\d{3}$", Pattern.MULTILINE).matcher(sample.prompt()).results())
                .hasSize(30);
        assertThat(sample.prompt().split("\n" + asked + " ", -1)).hasSize(2);
    }

    @Test
    void thePassKeyStandsAtItsDepth() {
        for (double depth : new double[] {0, 0.5, 1}) {
            Sample sample = GeneratedTasks.passkey(new GeneratedTasks.Passkey(200, 5, depth), draw(3));
            Matcher key = Pattern.compile("The pass key is(.*?)\\. Remember it").matcher(sample.prompt());
            assertThat(key.find()).isTrue();
            assertThat(key.group(1)).isEqualTo(sample.answer());
            double before = sample.prompt().substring(0, key.start()).split("\\s+").length / 200.0;
            assertThat(before).isBetween(depth - 0.02, depth + 0.02);
        }
    }

    @Test
    void sumsAreRight() {
        Sample sample = GeneratedTasks.modularArithmetic(new GeneratedTasks.ModularArithmetic(7, 12), draw(4));
        Matcher sums = Pattern.compile("(\\d+) \\+ (\\d+) mod 7 = (\\d+)").matcher(sample.prompt() + sample.answer());
        int count = 0;
        while (sums.find()) {
            count++;
            assertThat((Integer.parseInt(sums.group(1)) + Integer.parseInt(sums.group(2))) % 7)
                    .isEqualTo(Integer.parseInt(sums.group(3)));
        }
        assertThat(count).isEqualTo(13);
    }

    @Test
    void copiedWordsAreTheWordsThatWereSaid() {
        Sample sample = GeneratedTasks.copying(new GeneratedTasks.Copying(25), draw(5));
        assertThat(sample.prompt()).isEqualTo("Say:" + sample.answer() + "\nAgain:");
        assertThat(sample.answer().strip().split(" ")).hasSize(25);
    }

    @Test
    void fractionsHaveIntervalsThatHoldThem() {
        for (int hits : List.of(0, 3, 40)) {
            var measurement = Intervals.ofFraction("accuracy", "task", hits, 40);
            assertThat(measurement.value()).isEqualTo(hits / 40.0);
            assertThat(measurement.low().orElseThrow()).isBetween(0.0, hits / 40.0 + 1e-12);
            assertThat(measurement.high().orElseThrow()).isBetween(hits / 40.0 - 1e-12, 1.0);
        }
        // Wilson's interval of 3 of 40: from 0.0258 to 0.1986.
        assertThat(Intervals.ofFraction("accuracy", "task", 3, 40).low().orElseThrow()).isBetween(0.0257, 0.0259);
        assertThat(Intervals.ofFraction("accuracy", "task", 3, 40).high().orElseThrow()).isBetween(0.1985, 0.1987);
    }

    private static IntUnaryOperator draw(long seed) {
        return new Random(seed)::nextInt;
    }
}
