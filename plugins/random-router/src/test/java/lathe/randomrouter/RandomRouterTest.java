package lathe.randomrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.router.Router;
import lathe.spi.router.Routing;
import lathe.spi.tensor.Tensor;
import lathe.testkit.RouterContract;
import lathe.testkit.scene.RoutingTrial;

class RandomRouterTest extends RouterContract {
    @Override
    protected Plugin plugin() {
        return new RandomPlugin();
    }

    @Override
    protected boolean takesTheLargestLogits() {
        return false;
    }

    private Router router(String... hocon) {
        return make(Router.class, hocon);
    }

    @Test
    void drawsEveryPairOfExpertsAboutEquallyOften() {
        Routing routing = RoutingTrial.of(scope().zeros(12_000, 4)).route(router());
        Map<Set<Integer>, Integer> counts = new HashMap<>();
        for (int token = 0; token < 12_000; token++) {
            counts.merge(Set.of((int) routing.experts().get(token, 0), (int) routing.experts().get(token, 1)), 1,
                    Integer::sum);
        }
        // 2000 each; 5 standard deviations are 204.
        assertThat(counts).hasSize(6).allSatisfy((pair, count) -> assertThat(count).isBetween(1796, 2204));
        assertThat(routing.weights().toFloats()).containsOnly(0.5f);
    }

    @Test
    void anotherSeedDrawsOtherExperts() {
        Tensor logits = scope().zeros(50, 8);
        int[] first = RoutingTrial.of(logits).seed(1).route(router()).experts().toInts();
        assertThat(RoutingTrial.of(logits).seed(1).route(router()).experts().toInts()).containsExactly(first);
        assertThat(RoutingTrial.of(logits).seed(2).route(router()).experts().toInts()).isNotEqualTo(first);
    }

    @Test
    void theLogitsDecideTheWeightsIfAskedForAndNeverTheChoice() {
        Tensor logits = normal("logits", 30, 6).multiply(100);
        Routing equal = RoutingTrial.of(logits).route(router());
        Routing weighed = RoutingTrial.of(logits).route(router("weights = probability"));
        assertThat(weighed.experts().toInts()).containsExactly(equal.experts().toInts());
        for (int token = 0; token < 30; token++) {
            double gap = logits.get(token, (int) weighed.experts().get(token, 1))
                    - logits.get(token, (int) weighed.experts().get(token, 0));
            assertThat(weighed.weights().get(token, 0)).isCloseTo(1 / (1 + Math.exp(gap)), within(1e-6));
        }
    }

    @Test
    void moreExpertsThanThereAreMeansAllOfThem() {
        Routing routing = RoutingTrial.of(scope().zeros(9, 3)).expertsPerToken(5).route(router());
        assertThat(RoutingTrial.load(routing, 3)).containsOnly(9);
    }
}
