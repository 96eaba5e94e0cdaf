package lathe.spi.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CapacityRuleTest {
    @Test
    void rulesRoundWhereTheirCodeBasesDo() {
        // 37 tokens among 5 experts: 7.4 each.
        assertThat(CapacityRule.CEILING.places(1.1, 1, 37, 5, 0)).isEqualTo(9);
        assertThat(CapacityRule.CEILING_FIRST.places(1.1, 1, 37, 5, 0)).isEqualTo(8);
        assertThat(CapacityRule.ROUNDED.places(1, 1, 37, 5, 0)).isEqualTo(7);
        assertThat(CapacityRule.ROUNDED.places(1, 1, 5, 2, 0)).isEqualTo(2);
        assertThat(CapacityRule.ROUNDED.places(1, 1, 7, 2, 0)).isEqualTo(4);
    }

    @Test
    void aWholeNumberIsNotRoundedUpForItsLastBit() {
        // 0.8 * 3 * 5 is 12.000000000000002 in double precision.
        assertThat(CapacityRule.CEILING.places(0.8, 3, 30, 6, 0)).isEqualTo(12);
    }

    @Test
    void neverGivesFewerPlacesThanTheMinimumNorMoreThanAnIntHolds() {
        for (CapacityRule rule : CapacityRule.values()) {
            assertThat(rule.places(0.01, 1, 10, 8, 4)).as("%s", rule).isEqualTo(4);
            assertThat(rule.places(1e30, 1, 10, 8, 4)).as("%s", rule).isEqualTo(Integer.MAX_VALUE);
            assertThat(rule.places(2, 2, 0, 8, 0)).as("%s", rule).isZero();
        }
    }

    @Test
    void refusesFactorsAndExpertsThatMeanNothing() {
        for (double factor : new double[] {-1, Double.NaN}) {
            assertThatThrownBy(() -> CapacityRule.CEILING.places(factor, 1, 10, 8, 4))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> CapacityRule.CEILING.places(1, 1, 10, 0, 4))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
