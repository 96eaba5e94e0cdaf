package lathe.topkrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.router.Router;
import lathe.spi.router.Routing;
import lathe.spi.tensor.Tensor;
import lathe.testkit.RouterContract;
import lathe.testkit.reference.FixedRandom;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenTokens;

class TopkRouterTest extends RouterContract {
    @Override
    protected Plugin plugin() {
        return new TopkRouterPlugin();
    }

    private Routing route(Tensor logits, int k, String hocon) {
        return make(Router.class, hocon).route(new GivenTokens(logits, logits, k, new int[] {logits.size(0)}, false,
                Map.of(), new FixedRandom(1).stream("router", 0), scope(), new Findings()));
    }

    @Test
    void weighsByTheProbabilitiesAmongAllExpertsInTheRawOrder() {
        Tensor logits = normal("logits", 9, 6);
        Tensor probabilities = logits.softmax();
        Routing routing = route(logits, 3, "order = raw");
        for (int token = 0; token < 9; token++) {
            for (int slot = 0; slot < 3; slot++) {
                int expert = (int) routing.experts().get(token, slot);
                assertThat(routing.weights().get(token, slot)).isEqualTo(probabilities.get(token, expert));
            }
        }
    }

    @Test
    void balancedRoutingHasALossOfOne() {
        float[] logits = new float[4 * 4];
        for (int token = 0; token < 4; token++) {
            logits[token * 4 + token] = 1e-3f;
            logits[token * 4 + (token + 1) % 4] = 1e-3f;
        }
        Routing routing = route(scope().of(logits, 4, 4), 2, "");
        assertThat(routing.values().get("balance_loss")).isCloseTo(1, within(1e-4));
    }

    @Test
    void allExpertsGiveTheSoftmaxOverAllLogitsInBothOrders() {
        Tensor logits = normal("logits", 9, 6);
        Tensor probabilities = logits.softmax();
        for (String order : new String[] {"mixtral", "raw"}) {
            Routing routing = route(logits, 6, "order = " + order);
            for (int token = 0; token < 9; token++) {
                for (int slot = 0; slot < 6; slot++) {
                    int expert = (int) routing.experts().get(token, slot);
                    assertThat(routing.weights().get(token, slot)).as(order).isCloseTo(
                            probabilities.get(token, expert), org.assertj.core.api.Assertions.within(1e-6));
                }
            }
        }
    }

    @Test
    void theMixtralOrderIsTheSoftmaxOverTheChosenLogits() {
        Tensor logits = normal("logits", 9, 6).multiply(4);
        Routing routing = route(logits, 2, "");
        for (int token = 0; token < 9; token++) {
            double gap = logits.get(token, (int) routing.experts().get(token, 1))
                    - logits.get(token, (int) routing.experts().get(token, 0));
            assertThat(routing.weights().get(token, 0))
                    .isCloseTo(1 / (1 + Math.exp(gap)), org.assertj.core.api.Assertions.within(1e-6));
        }
    }

    @Test
    void noExpertTakesMoreThanItsCapacity() {
        Tensor logits = normal("logits", 40, 4);
        for (String drop : new String[] {"position", "probability"}) {
            Routing routing = route(logits, 2, "capacityFactor = 0.5, minCapacity = 1, drop = " + drop);
            int[] load = new int[4];
            for (int expert : routing.experts().toInts()) {
                if (expert >= 0) {
                    load[expert]++;
                }
            }
            for (int tokens : load) {
                assertThat(tokens).as(drop).isLessThanOrEqualTo(10);
            }
            assertThat(routing.values().get("dropped")).isEqualTo(40);
        }
    }
}
