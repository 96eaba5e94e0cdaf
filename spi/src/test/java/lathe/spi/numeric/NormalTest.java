package lathe.spi.numeric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class NormalTest {
    @Test
    void theNormalDistributionIsThatOfTheTables() {
        assertThat(Normal.cumulative(0)).isEqualTo(0.5);
        assertThat(Normal.cumulative(1)).isCloseTo(0.841344746068543, within(1e-14));
        assertThat(Normal.cumulative(-1.959963984540054)).isCloseTo(0.025, within(1e-14));
        assertThat(Normal.cumulative(2.999)).isCloseTo(Normal.cumulative(3.001), within(1e-4));
        assertThat(Normal.cumulative(5)).isCloseTo(0.9999997133484281, within(1e-15));
        assertThat(Normal.cumulative(-60)).isZero();
        assertThat(Normal.cumulative(Double.POSITIVE_INFINITY)).isEqualTo(1);
    }
}
