package lathe.models.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.util.List;
import java.util.OptionalDouble;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

import lathe.models.architecture.Rope.Pairing;
import lathe.models.architecture.Rope.Scaling;

class RopeTest {
    private static final Percentage FLOAT = Percentage.withPercentage(1e-4);

    private static float[] frequencies(Scaling scaling, int length) {
        return new Rope(Pairing.HALF, 16, 10000, scaling).inverseFrequencies(length);
    }

    private static double plain(int pair) {
        return Math.pow(10000, -2.0 * pair / 16);
    }

    @Test
    void fallsGeometricallyWithoutScaling() {
        float[] plain = frequencies(new Scaling.None(), 0);
        assertThat(plain).hasSize(8);
        assertThat(plain[0]).isEqualTo(1f);
        for (int i = 0; i < 8; i++) {
            assertThat((double) plain[i]).isCloseTo(plain(i), FLOAT);
        }
    }

    @Test
    void dividesAllFrequenciesWhenLinear() {
        float[] linear = frequencies(new Scaling.Linear(4), 0);
        for (int i = 0; i < 8; i++) {
            assertThat((double) linear[i]).isCloseTo(plain(i) / 4, FLOAT);
        }
    }

    @Test
    void keepsShortWavesAndDividesLongOnesForLlama3() {
        float[] scaled = frequencies(new Scaling.Llama3(8, 1, 4, 32), 0);
        int blended = 0;
        for (int i = 0; i < 8; i++) {
            double wave = 2 * Math.PI / plain(i);
            if (wave < 8) {
                assertThat((double) scaled[i]).isCloseTo(plain(i), FLOAT);
            } else if (wave > 32) {
                assertThat((double) scaled[i]).isCloseTo(plain(i) / 8, FLOAT);
            } else {
                double kept = (32 / wave - 1) / 3;
                assertThat((double) scaled[i]).isCloseTo((1 - kept) * plain(i) / 8 + kept * plain(i), FLOAT);
                blended++;
            }
        }
        assertThat(blended).isPositive();
    }

    @Test
    void rampsBetweenTheBoundsOfYarn() {
        Scaling.Yarn yarn = new Scaling.Yarn(4, 8, 1, 64, true, 1.25);
        float[] scaled = frequencies(yarn, 0);
        double low = Math.floor(16 * Math.log(64 / (8 * 2 * Math.PI)) / (2 * Math.log(10000)));
        double high = Math.ceil(16 * Math.log(64 / (2 * Math.PI)) / (2 * Math.log(10000)));
        for (int i = 0; i < 8; i++) {
            double divided = Math.clamp((i - low) / (high - low), 0, 1);
            assertThat((double) scaled[i]).isCloseTo(plain(i) / 4 * divided + plain(i) * (1 - divided), FLOAT);
        }
        assertThat(new Rope(Pairing.HALF, 16, 10000, yarn).multiplier()).isEqualTo(1.25);
    }

    @Test
    void takesYarnsMultiplierFromTheFactorOrTheTwoScales() {
        assertThat(Rope.yarnMultiplier(4, OptionalDouble.empty(), OptionalDouble.empty())).isCloseTo(
                1.1386294361119891, offset(1e-15));
        assertThat(Rope.yarnMultiplier(40, OptionalDouble.of(0.707), OptionalDouble.of(0.707))).isEqualTo(1);
        assertThat(Rope.yarnMultiplier(40, OptionalDouble.of(1), OptionalDouble.of(0.5))).isCloseTo(
                (0.1 * Math.log(40) + 1) / (0.05 * Math.log(40) + 1), offset(1e-15));
        assertThat(Rope.yarnMultiplier(1, OptionalDouble.empty(), OptionalDouble.empty())).isEqualTo(1);
    }

    @Test
    void growsTheBaseOnlyBeyondTheOriginalLengthWhenDynamic() {
        Scaling.Dynamic dynamic = new Scaling.Dynamic(2, 128);
        assertThat(frequencies(dynamic, 100)).isEqualTo(frequencies(new Scaling.None(), 0));
        double base = 10000 * Math.pow(2 * 256 / 128.0 - 1, 16 / 14.0);
        float[] grown = frequencies(dynamic, 256);
        for (int i = 0; i < 8; i++) {
            assertThat((double) grown[i]).isCloseTo(Math.pow(base, -2.0 * i / 16), FLOAT);
        }
        assertThat(new Rope(Pairing.HALF, 16, 10000, dynamic).dependsOnLength()).isTrue();
    }

    @Test
    void choosesLongRopesDivisorsByTheLength() {
        List<Double> small = List.of(1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0);
        List<Double> large = List.of(3.0, 3.0, 3.0, 3.0, 4.0, 4.0, 4.0, 4.0);
        Scaling.Long scaling = new Scaling.Long(small, large, 64, 1.5);
        assertThat((double) frequencies(scaling, 64)[5]).isCloseTo(plain(5) / 2, FLOAT);
        assertThat((double) frequencies(scaling, 65)[5]).isCloseTo(plain(5) / 4, FLOAT);
    }

    @Test
    void refusesOddWidths() {
        assertThatThrownBy(() -> new Rope(Pairing.HALF, 3, 10000, new Scaling.None())).isInstanceOf(
                IllegalArgumentException.class);
    }

    @Test
    void givesPluginsTheSameNumbers() {
        Rope rope = new Rope(Pairing.INTERLEAVED, 8, 10000, new Scaling.Linear(2));
        assertThat(rope.forPlugins(1).interleaved()).isTrue();
        assertThat(rope.forPlugins(1).rotatedFeatures()).isEqualTo(8);
        assertThat((float) rope.forPlugins(1).inverseFrequencies()[3]).isEqualTo(rope.inverseFrequencies(1)[3]);
    }
}
