package lathe.mcmoe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.router.ExpertSlots;
import lathe.testkit.RouterContract;

class OnlinePruningTest extends RouterContract {
    @Override
    protected Plugin plugin() {
        return new McMoePlugin();
    }

    @Override
    protected String settings() {
        return "mu = [0.0]"; // nothing is left out
    }

    private static ExpertSlots slots() {
        ExpertSlots slots = new ExpertSlots(6, 2, 4);
        for (int token = 0; token < 6; token++) {
            slots.put(token, 0, token % 4, 0.5f);
            slots.put(token, 1, (token + 1) % 4, 0.1f * token);
        }
        return slots;
    }

    @Test
    void leavesOutTheSecondExpertBelowTheRatio() {
        ExpertSlots slots = slots();
        OnlinePruning.prune(slots, 0, new float[] {6, 5, 4, 3, 2, 1}, 0.5, 0, 0);
        slots.normalise(0);
        assertThat(slots.expert(2, 1)).isEqualTo(ExpertSlots.NONE);
        assertThat(slots.weight(2, 0)).isEqualTo(1);
        assertThat(slots.expert(3, 1)).isEqualTo(0);
        assertThat(slots.weight(3, 0) + slots.weight(3, 1)).isCloseTo(1, within(1e-6f));
    }

    @Test
    void theMostImportantTokensKeepBothAndTheLeastImportantNone() {
        ExpertSlots slots = slots();
        OnlinePruning.prune(slots, 0, new float[] {6, 5, 4, 3, 2, 1}, 2, 0.34, 0.17);
        assertThat(slots.expert(1, 1)).isEqualTo(2);
        assertThat(slots.expert(2, 1)).isEqualTo(ExpertSlots.NONE);
        assertThat(slots.expert(5, 0)).isEqualTo(ExpertSlots.NONE);
    }
}
