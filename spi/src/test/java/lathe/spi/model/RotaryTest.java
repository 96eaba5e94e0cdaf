package lathe.spi.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RotaryTest {
    @Test
    void isItsNumbersAndNotItsArray() {
        Rotary one = Rotary.plain(10_000, 8);
        assertThat(one).isEqualTo(Rotary.plain(10_000, 8)).hasSameHashCodeAs(Rotary.plain(10_000, 8));
        assertThat(one).isNotEqualTo(Rotary.plain(20_000, 8)).isNotEqualTo(Rotary.plain(10_000, 6));
        assertThat(one).isNotEqualTo(new Rotary(one.inverseFrequencies(), true, 1))
                .isNotEqualTo(new Rotary(one.inverseFrequencies(), false, 2)).isNotEqualTo(null);
    }
}
