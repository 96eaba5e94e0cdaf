package lathe.mcmoe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.router.ExpertSlots;
import lathe.spi.router.Router;
import lathe.spi.router.Routing;
import lathe.spi.tensor.Tensor;
import lathe.testkit.RouterContract;
import lathe.testkit.scene.RoutingTrial;

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

    @Test
    void givesEveryUnprotectedTokenItsBestExpertAloneAboveARatioOfOne() {
        Tensor logits = normal("logits", 50, 5);
        Routing routing = RoutingTrial.of(logits).hidden(normal("hidden", 50, 8)).sequences(30, 20)
                .route(make(Router.class, "mu = [1.01], tauHigh = 0.1"));
        double[][] weights = RoutingTrial.combine(routing, 5);
        List<Integer> both = new ArrayList<>();
        for (int token = 0; token < 50; token++) {
            int best = logits.slice(0, token, token + 1).copy().topK(1).toInts()[0];
            if (Arrays.stream(weights[token]).filter(weight -> weight > 0).count() == 2) {
                both.add(token);
            } else {
                double[] alone = new double[5];
                alone[best] = 1;
                assertThat(weights[token]).as("token %s", token).containsExactly(alone);
            }
        }
        assertThat(both).as("three protected of thirty tokens, two of twenty").hasSize(5);
        assertThat(both.stream().filter(token -> token < 30)).hasSize(3);
    }
}
