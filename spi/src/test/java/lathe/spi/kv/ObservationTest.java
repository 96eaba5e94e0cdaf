package lathe.spi.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;

import org.junit.jupiter.api.Test;

class ObservationTest {
    @Test
    void oneCallServesTwoThatSumOverTheSameQueries() {
        Observation store = new Observation(3, true);
        Observation listener = new Observation(5, List.of(1, 4), Observation.ALL, true);
        assertThat(store.joins(listener)).isTrue();
        assertThat(store.and(listener)).isEqualTo(new Observation(5, List.of(1, 4), Observation.ALL, true));
        assertThat(Observation.NONE.and(store)).isEqualTo(store);
    }

    @Test
    void otherSumsAndOtherRowsTakeACallEach() {
        assertThat(Observation.ofColumnSums(2).joins(Observation.ofColumnSums(3))).isFalse();
        assertThat(Observation.ofRows(2).joins(Observation.ofRows(3))).isFalse();
        assertThat(Observation.ofRows(2).joins(Observation.ofColumnSums(3))).isTrue();
    }

    @Test
    void rowsAreGivenInAnyOrderAndOnce() {
        assertThat(Observation.ofRows(7, 0, 7)).isEqualTo(new Observation(0, List.of(0, 7), 0, false));
    }

    @Test
    void rowsThatDescendOrAreNegativeAreRefused() {
        assertThatThrownBy(() -> new Observation(0, List.of(3, 3), 0, false)).hasMessageContaining("[3, 3]");
        assertThatThrownBy(() -> Observation.ofRows(-1)).hasMessageContaining("ascend from 0");
        assertThatThrownBy(() -> Observation.ofColumnSums(-2)).hasMessageContaining("-2");
    }
}
