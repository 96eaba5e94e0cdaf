package lathe.runtime.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;

import org.junit.jupiter.api.Test;

class LimitsTest {
    private final Limits limits = new Limits(3, 100, Map.of("a", 60L, "b", 40L, "c", 1L, "huge", 500L),
            Set.of("timed"));

    @Test
    void letsTasksRunBesideEachOtherWithinTheMemory() {
        assertThat(limits.allow("b", Set.of("a"))).isTrue();
        assertThat(limits.allow("c", Set.of("a", "b"))).isFalse();
        assertThat(limits.allow("unknown", Set.of("a", "b"))).isTrue();
    }

    @Test
    void letsWhatIsLargerThanTheMemoryRunAlone() {
        assertThat(limits.allow("huge", Set.of())).isTrue();
        assertThat(limits.allow("huge", Set.of("c"))).isFalse();
        assertThat(limits.allow("unknown", Set.of("huge"))).isFalse();
    }

    @Test
    void letsWhatMeasuresTimeRunAlone() {
        assertThat(limits.allow("timed", Set.of("c"))).isFalse();
        assertThat(limits.allow("c", Set.of("timed"))).isFalse();
        assertThat(limits.allow("timed", Set.of())).isTrue();
    }

    @Test
    void letsNoMoreTasksRunThanAllowed() {
        assertThat(limits.allow("c", Set.of("x", "y"))).isTrue();
        assertThat(limits.allow("c", Set.of("x", "y", "z"))).isFalse();
    }

    @Test
    void letsOneRunAfterTheOther() {
        assertThat(Limits.sequential().allow("a", Set.of())).isTrue();
        assertThat(Limits.sequential().allow("a", Set.of("b"))).isFalse();
    }
}
