package lathe.switchrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;

import org.junit.jupiter.api.Test;

import lathe.spi.LatheException;
import lathe.spi.Plugin;
import lathe.spi.router.Router;
import lathe.spi.router.Routing;
import lathe.spi.tensor.Tensor;
import lathe.testkit.RouterContract;
import lathe.testkit.scene.RoutingTrial;

class SwitchTest extends RouterContract {
    private static final int EXPERTS = 5;

    @Override
    protected Plugin plugin() {
        return new SwitchPlugin();
    }

    @Override
    protected int expertsPerToken() {
        return 1;
    }

    @Override
    protected boolean weightsSumToOne() {
        return false;
    }

    @Override
    protected String settings() {
        return "drop = none";
    }

    private RoutingTrial trial(Tensor logits) {
        return RoutingTrial.of(logits).expertsPerToken(1);
    }

    private Router router(String... hocon) {
        return make(Router.class, hocon);
    }

    @Test
    void equalsANaiveLoopWithPlacesInEachSequence() {
        Tensor logits = normal("logits", 40, EXPERTS);
        Routing routing = trial(logits).sequences(25, 15)
                .route(router("drop = position, capacity = 4, capacityScope = sequence"));
        double[][] combine = RoutingTrial.combine(routing, EXPERTS);
        int[] taken = new int[EXPERTS];
        for (int token = 0; token < 40; token++) {
            if (token == 25) {
                taken = new int[EXPERTS];
            }
            double[] expected = new double[EXPERTS];
            int best = best(logits, token);
            if (taken[best]++ < 4) {
                expected[best] = probability(logits, token, best);
            }
            assertThat(combine[token]).as("token %s", token).containsExactly(expected, within(1e-6));
        }
    }

    private static int best(Tensor logits, int token) {
        int best = 0;
        for (int expert = 1; expert < EXPERTS; expert++) {
            best = logits.get(token, expert) > logits.get(token, best) ? expert : best;
        }
        return best;
    }

    private static double probability(Tensor logits, int token, int expert) {
        double sum = 0;
        for (int other = 0; other < EXPERTS; other++) {
            sum += Math.exp(logits.get(token, other) - logits.get(token, expert));
        }
        return 1 / sum;
    }

    @Test
    void noExpertTakesMoreThanItsCapacityHoweverItDrops() {
        Tensor logits = normal("logits", 64, EXPERTS).add(scope().of(new float[] {3, 0, 0, 0, 0}, EXPERTS));
        for (String drop : new String[] {"position", "random"}) {
            Routing routing = trial(logits).route(router("capacityFactor = 1, minCapacity = 1, drop = " + drop));
            int[] load = RoutingTrial.load(routing, EXPERTS);
            // ceil(64 / 5) places, and the first expert wants nearly all tokens.
            assertThat(load[0]).as(drop).isEqualTo(13);
            assertThat(Arrays.stream(load).max().orElseThrow()).as(drop).isEqualTo(13);
            assertThat(Arrays.stream(load).sum() + routing.values().get("dropped")).as(drop).isEqualTo(64);
        }
    }

    @Test
    void asManyPlacesAsTokensAreTheSameAsNoLimit() {
        Tensor logits = normal("logits", 64, EXPERTS);
        Routing limited = trial(logits).route(router("drop = position, capacity = 64"));
        Routing free = trial(logits).route(router("drop = none"));
        assertThat(limited.experts().toInts()).containsExactly(free.experts().toInts());
        assertThat(limited.weights().toFloats()).containsExactly(free.weights().toFloats());
        assertThat(free.values()).containsEntry("dropped", 0.0);
    }

    @Test
    void keepsThoseWithTheLargestDrawsAndOthersWithAnotherSeed() {
        Tensor logits = scope().zeros(20, EXPERTS);
        float[] draws = new float[20 * EXPERTS];
        for (int token = 0; token < 20; token++) {
            draws[token * EXPERTS] = token % 7;
        }
        Router router = router("drop = random, capacity = 4");
        Routing given = trial(logits).given("uniform", scope().of(draws, 20, EXPERTS)).route(router);
        assertThat(kept(given)).containsExactly(5, 6, 12, 13);
        int[] first = kept(trial(logits).route(router));
        assertThat(first).hasSize(4).isNotEqualTo(kept(trial(logits).seed(2).route(router)));
    }

    private static int[] kept(Routing routing) {
        int[] experts = routing.experts().toInts();
        return java.util.stream.IntStream.range(0, experts.length).filter(token -> experts[token] >= 0).toArray();
    }

    @Test
    void balancedTokensHaveALossOfOneAndCollapsedOnesOfTheExperts() {
        float[] balanced = new float[EXPERTS * EXPERTS];
        float[] collapsed = new float[EXPERTS * EXPERTS];
        for (int token = 0; token < EXPERTS; token++) {
            balanced[token * EXPERTS + token] = 3;
            collapsed[token * EXPERTS] = 100;
        }
        assertThat(trial(scope().of(balanced, EXPERTS, EXPERTS)).route(router()).values().get("balance_loss"))
                .isCloseTo(1, within(1e-6));
        Routing routing = trial(scope().of(collapsed, EXPERTS, EXPERTS)).route(router("aux = 0.5, z = 0.01"));
        assertThat(routing.values().get("balance_loss")).isCloseTo(EXPERTS, within(1e-6));
        assertThat(routing.values().get("max_violation")).isEqualTo(EXPERTS - 1);
        assertThat(routing.values().get("experts_used")).isEqualTo(1);
        assertThat(routing.values().get("z_loss")).isCloseTo(100 * 100, within(1e-2));
        assertThat(routing.values().get("loss")).isCloseTo(0.5 * EXPERTS + 100, within(1e-3));
    }

    @Test
    void thePlacesFollowTrainingAndTheRuleOfRounding() {
        Tensor logits = normal("logits", 37, EXPERTS);
        assertThat(capacity(trial(logits), "")).isEqualTo(15);
        assertThat(capacity(trial(logits).training(), "jitter = 0")).isEqualTo(10);
        assertThat(capacity(trial(logits), "evalCapacityFraction = 0.25")).isEqualTo(10);
        assertThat(capacity(trial(logits), "capacityFactor = 1.1")).isEqualTo(9);
        assertThat(capacity(trial(logits), "capacityFactor = 1.1, rounding = ceiling-first")).isEqualTo(8);
        assertThat(capacity(trial(logits), "capacityFactor = 1.1, rounding = rounded")).isEqualTo(8);
        assertThat(capacity(trial(logits), "capacityFactor = 0.1, minCapacity = 3")).isEqualTo(3);
    }

    private double capacity(RoutingTrial trial, String hocon) {
        trial.route(router("drop = position", hocon));
        return trial.noted("capacity")[0];
    }

    @Test
    void jittersTheRoutersInputInTrainingOnly() {
        Tensor weight = normal("router", EXPERTS, 6);
        Tensor hidden = normal("hidden", 30, 6);
        Tensor logits = hidden.matmulTransposed(weight);
        RoutingTrial served = trial(logits).hidden(hidden).given("router_weight", weight);
        served.route(router("jitter = 0.2"));
        assertThat(served.noted("logits")).containsExactly(numbers(logits), within(0.0));
        RoutingTrial trained = trial(logits).hidden(hidden).given("router_weight", weight).training();
        trained.route(router("jitter = 0.2"));
        double[] bound = numbers(hidden.abs().matmulTransposed(weight.abs()).multiply(0.2001));
        double[] clean = numbers(logits);
        double moved = 0;
        for (int i = 0; i < clean.length; i++) {
            double by = Math.abs(trained.noted("logits")[i] - clean[i]);
            assertThat(by).isLessThanOrEqualTo(bound[i]);
            moved = Math.max(moved, by);
        }
        assertThat(moved).isPositive();
    }

    private static double[] numbers(Tensor tensor) {
        float[] floats = tensor.toFloats();
        double[] numbers = new double[floats.length];
        for (int i = 0; i < floats.length; i++) {
            numbers[i] = floats[i];
        }
        return numbers;
    }

    @Test
    void saysThatJitterNeedsTheRoutersWeight() {
        RoutingTrial trial = trial(normal("logits", 3, EXPERTS)).training();
        assertThatThrownBy(() -> trial.route(router("jitter = 0.1")))
                .isInstanceOf(LatheException.class).hasMessageContaining("jitter = 0").hasMessageContaining("block 0");
    }

    @Test
    void paddingTakesNoPlace() {
        Tensor logits = scope().zeros(6, EXPERTS);
        Routing routing = trial(logits).given("padding", scope().of(new int[] {1, 0, 1, 0, 0, 1}, 6))
                .route(router("drop = position, capacity = 2"));
        assertThat(routing.experts().toInts()).containsExactly(-1, 0, -1, 0, -1, -1);
        assertThat(routing.values()).containsEntry("dropped", 1.0);
    }

    @Test
    void namesBlockTokenAndExpertOfALogitThatIsNoNumber() {
        for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
            Tensor logits = normal("logits", 6, EXPERTS);
            logits.set(bad, 4, 3);
            assertThatThrownBy(() -> trial(logits).route(router())).isInstanceOf(LatheException.class)
                    .hasMessageContaining("expert 3 for token 4 in block 0");
        }
        Tensor masked = normal("logits", 6, EXPERTS);
        masked.row(2).fill(Double.NEGATIVE_INFINITY);
        assertThatThrownBy(() -> trial(masked).route(router())).isInstanceOf(LatheException.class)
                .hasMessageContaining("token 2 in block 0");
    }

    @Test
    void neverChoosesAMaskedExpert() {
        Tensor logits = normal("logits", 30, EXPERTS);
        for (int token = 0; token < 30; token++) {
            logits.set(Double.NEGATIVE_INFINITY, token, 1);
        }
        assertThat(RoutingTrial.load(trial(logits).route(router()), EXPERTS)[1]).isZero();
    }
}
