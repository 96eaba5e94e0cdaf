package lathe.engine.numeric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

import lathe.spi.numeric.RandomStream;

class PhiloxTest {
    /** The known answers that come with the authors' Random123 library. */
    @Test
    void agreesWithTheAuthorsTestVectors() {
        Philox zero = new Philox(0, 0, 0);
        assertThat(zero.half(0, 0, 0, 0, false)).isEqualTo(0x6627e8d5e169c58dL);
        assertThat(zero.half(0, 0, 0, 0, true)).isEqualTo(0xbc57ac4c9b00dbd8L);
        Philox ones = new Philox(-1, -1, 0);
        assertThat(ones.half(-1, -1, -1, -1, false)).isEqualTo(0x408f276d41c83b0eL);
        assertThat(ones.half(-1, -1, -1, -1, true)).isEqualTo(0xa20bc7c66d5451fdL);
        Philox pi = new Philox(0xa4093822, 0x299f31d0, 0);
        assertThat(pi.half(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, false)).isEqualTo(0xd16cfe0994fdccebL);
        assertThat(pi.half(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, true)).isEqualTo(0x5001e42024126ea1L);
    }

    @Test
    void everyPartOfTheNameCounts() {
        RandomStream stream = new PhiloxStreams(1, "node").stream("dropout", 3);
        long value = stream.bits(0);
        assertThat(new PhiloxStreams(1, "node").stream("dropout", 3).bits(0)).isEqualTo(value);
        assertThat(new PhiloxStreams(2, "node").stream("dropout", 3).bits(0)).isNotEqualTo(value);
        assertThat(new PhiloxStreams(1, "nod").stream("edropout", 3).bits(0)).isNotEqualTo(value);
        assertThat(new PhiloxStreams(1, "node").stream("dropout", 4).bits(0)).isNotEqualTo(value);
        assertThat(stream.bits(1)).isNotEqualTo(value);
        assertThat(stream.bits(1L << 32)).isNotEqualTo(value);
    }

    @Test
    void momentsAreThoseOfTheDistributions() {
        RandomStream stream = new PhiloxStreams(7, "moments").stream("test", 0);
        int n = 400_000;
        double mean = 0;
        double square = 0;
        double fourth = 0;
        double uniform = 0;
        for (int i = 0; i < n; i++) {
            double x = stream.normal(i);
            mean += x / n;
            square += x * x / n;
            fourth += x * x * x * x / n;
            uniform += stream.uniform(i) / n;
        }
        assertThat(mean).isCloseTo(0, within(0.01));
        assertThat(square).isCloseTo(1, within(0.015));
        assertThat(fourth).isCloseTo(3, within(0.1));
        assertThat(uniform).isCloseTo(0.5, within(0.003));
    }

    @Test
    void wholeNumbersAreEven() {
        RandomStream stream = new PhiloxStreams(7, "below").stream("test", 0);
        int[] counts = new int[7];
        for (int i = 0; i < 70_000; i++) {
            counts[stream.below(i, 7)]++;
        }
        for (int count : counts) {
            assertThat(count).isBetween(9_600, 10_400);
        }
        assertThat(stream.below(5, 1)).isZero();
        assertThat(stream.below(5, Integer.MAX_VALUE)).isNotNegative();
    }
}
