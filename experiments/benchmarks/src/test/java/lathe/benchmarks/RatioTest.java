package lathe.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.DoubleStream;

import org.junit.jupiter.api.Test;

class RatioTest {
    @Test
    void tellsTheMedianAndWhereHalfOfThePairsLie() {
        assertThat(Ratio.of(List.of(5.0, 1.0, 4.0, 2.0, 3.0))).isEqualTo(new Ratio(3, 2, 4));
        assertThat(Ratio.of(List.of(1.0, 2.0))).isEqualTo(new Ratio(1.5, 1.25, 1.75));
        assertThat(Ratio.of(List.of(7.0))).isEqualTo(new Ratio(7, 7, 7));
    }

    @Test
    void isPrintedWithItsQuartiles() {
        assertThat(new Ratio(0.871, 0.84, 0.9).times(2)).hasToString("1.74 (1.68-1.80)");
    }

    @Test
    void theMachinesSpeedCancelsOut() {
        // Twice as slow at the end as at the beginning, and the case takes 3 where the other takes 2.
        double[] slowness = DoubleStream.iterate(1, at -> at + 0.05).limit(21).toArray();
        List<Double> pairs = new ArrayList<>();
        for (int i = 0; i + 2 < slowness.length; i += 2) {
            pairs.add(InTurn.ratio(2 * slowness[i], 3 * slowness[i + 1], 2 * slowness[i + 2]));
        }
        assertThat(pairs).allSatisfy(pair -> assertThat(pair).isCloseTo(2.0 / 3, within(1e-12)));
    }

    @Test
    void aNeighbourThatComesAndGoesMovesTheMedianLittle() {
        RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
        List<Double> pairs = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            // In one pair of five the machine changes its speed between the two.
            double change = i % 5 == 0 ? random.nextDouble(0.5, 2) : 1;
            pairs.add(InTurn.ratio(2, 3 * change, 2));
        }
        assertThat(Ratio.of(pairs).median()).isCloseTo(2.0 / 3, within(1e-12));
    }
}
