package lathe.spi.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class SelectionTest {
    @Test
    void breaksTiesByTheLowerIndex() {
        float[] scores = {1, 0, 0, 2, 0};

        assertThat(Selection.indices(Selection.smallest(scores, 2))).containsExactly(1, 2);
        assertThat(Selection.indices(Selection.largest(scores, 3))).containsExactly(0, 1, 3);
    }

    @Test
    void countsPositiveAndNegativeZeroAsEqual() {
        assertThat(Selection.indices(Selection.smallest(new float[] {0f, -0f, 0f}, 1))).containsExactly(0);
    }

    @Test
    void truncatesCountsInDoublePrecision() {
        float[] scores = new float[150];

        // 150 * 0.1 is 15.000000000000002 or 15, but 1 - 0.9 is just below 0.1.
        assertThat(Selection.indices(Selection.smallest(scores, 1 - 0.9, CutRule.FLOOR))).hasSize(14);
    }

    @Test
    void takesOneMoreUpToAThresholdAndNothingAtZero() {
        float[] scores = {3, 1, 2, 4};

        assertThat(Selection.indices(Selection.smallest(scores, 0.5, CutRule.UP_TO_THRESHOLD))).containsExactly(0, 1,
                2);
        assertThat(Selection.indices(Selection.smallest(scores, 0, CutRule.UP_TO_THRESHOLD))).isEmpty();
    }

    @Test
    void refusesScoresWithoutAnOrder() {
        assertThatThrownBy(() -> Selection.smallest(new float[] {1, Float.NaN}, 1))
                .hasMessageContaining("Score 1 is NaN");
    }

    @RepeatedTest(20)
    void equalsAStableSort() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        float[] scores = new float[1 + random.nextInt(200)];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = random.nextInt(7) - 3;
        }
        int count = random.nextInt(scores.length + 1);
        int[] expected = IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> scores[i]))
                .limit(count)
                .mapToInt(i -> i)
                .sorted()
                .toArray();

        assertThat(Selection.indices(Selection.smallest(scores, count)))
                .as("seed %d, scores %s, count %d", seed, Arrays.toString(scores), count)
                .isEqualTo(expected);
    }
}
