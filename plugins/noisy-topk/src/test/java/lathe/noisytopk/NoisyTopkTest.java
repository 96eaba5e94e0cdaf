package lathe.noisytopk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Map;

import org.junit.jupiter.api.Test;

import lathe.spi.LatheException;
import lathe.spi.Plugin;
import lathe.spi.router.Router;
import lathe.spi.router.Routing;
import lathe.spi.tensor.Tensor;
import lathe.testkit.RouterContract;
import lathe.testkit.reference.FixedRandom;
import lathe.testkit.scene.RoutingTrial;

class NoisyTopkTest extends RouterContract {
    private static final int EXPERTS = 6;

    @Override
    protected Map<String, Tensor> parameters(int tokens) {
        return Map.of("noise_weight", normal("noise", 8, 12));
    }

    @Override
    protected Plugin plugin() {
        return new NoisyTopkPlugin();
    }

    private Router router(String... hocon) {
        return make(Router.class, hocon);
    }

    @Test
    void hasNoNoiseOutsideOfTraining() {
        Tensor logits = normal("logits", 20, EXPERTS);
        Routing routing = RoutingTrial.of(logits).given("noise_weight", normal("noise", EXPERTS, 1)).route(router());
        int[] best = logits.topK(2).toInts();
        for (int token = 0; token < 20; token++) {
            double first = Math.exp(logits.get(token, best[2 * token]));
            double second = Math.exp(logits.get(token, best[2 * token + 1]));
            assertThat(routing.experts().get(token, 0)).isEqualTo(best[2 * token]);
            assertThat(routing.weights().get(token, 0)).isCloseTo(first / (first + second), within(1e-6));
        }
    }

    @Test
    void drawsNoiseInTrainingByTheSeed() {
        Tensor logits = scope().zeros(40, EXPERTS);
        Tensor weight = normal("noise", EXPERTS, 1);
        int[] first = train(logits, weight, 1);
        assertThat(train(logits, weight, 1)).containsExactly(first);
        assertThat(train(logits, weight, 2)).isNotEqualTo(first);
    }

    private int[] train(Tensor logits, Tensor weight, long seed) {
        return RoutingTrial.of(logits).training().seed(seed).given("noise_weight", weight).route(router())
                .experts().toInts();
    }

    /** The definition by counting: fresh noise of one expert, all others as drawn. */
    @Test
    void theSmoothLoadIsTheChanceToBeChosenUnderFreshNoise() {
        Tensor clean = normal("clean", 3, EXPERTS);
        Tensor deviations = normal("deviations", 3, EXPERTS).abs().add(0.1);
        Tensor noisy = clean.add(normal("draws", 3, EXPERTS).multiply(deviations));
        double[] load = SmoothLoad.of(clean, noisy, deviations, 2).sum();
        for (int expert = 0; expert < EXPERTS; expert++) {
            assertThat(load[expert]).as("expert %s", expert)
                    .isCloseTo(counted(clean, noisy, deviations, expert), within(0.03));
        }
    }

    private static double counted(Tensor clean, Tensor noisy, Tensor deviations, int expert) {
        int trials = 40_000;
        double chosen = 0;
        for (int token = 0; token < clean.size(0); token++) {
            double[] others = new double[EXPERTS];
            for (int other = 0; other < EXPERTS; other++) {
                others[other] = other == expert ? Double.NEGATIVE_INFINITY : noisy.get(token, other);
            }
            Arrays.sort(others);
            for (int trial = 0; trial < trials; trial++) {
                double fresh = clean.get(token, expert) + deviations.get(token, expert)
                        * new FixedRandom(expert).stream("fresh", token).normal(trial);
                chosen += fresh > others[EXPERTS - 2] ? 1.0 / trials : 0;
            }
        }
        return chosen;
    }

    @Test
    void equalExpertsHaveNoLosses() {
        float[] logits = new float[EXPERTS * EXPERTS];
        for (int token = 0; token < EXPERTS; token++) {
            logits[token * EXPERTS + token] = 2;
            logits[token * EXPERTS + (token + 1) % EXPERTS] = 1;
        }
        Routing routing = RoutingTrial.of(scope().of(logits, EXPERTS, EXPERTS)).route(router());
        assertThat(routing.values().get("importance_loss")).isCloseTo(0, within(1e-9));
        assertThat(routing.values().get("load_loss")).isCloseTo(0, within(1e-9));
    }

    @Test
    void collapsedTokensHaveTheLossesOfOneExpertInAll() {
        Tensor logits = scope().zeros(10, EXPERTS);
        for (int token = 0; token < 10; token++) {
            logits.set(9, token, 3);
        }
        Routing routing = RoutingTrial.of(logits).expertsPerToken(1).route(router("wImportance = 1, wLoad = 0.5"));
        // One of E has all: the variance is (E - 1) times the squared mean.
        assertThat(routing.values().get("importance_loss")).isCloseTo(EXPERTS - 1, within(1e-6));
        assertThat(routing.values().get("loss")).isCloseTo(1.5 * (EXPERTS - 1), within(1e-6));
    }

    @Test
    void allExpertsAreTheSoftmaxOfAllLogits() {
        Tensor logits = normal("logits", 9, EXPERTS);
        Routing routing = RoutingTrial.of(logits).expertsPerToken(99).route(router());
        Tensor probabilities = logits.softmax();
        for (int token = 0; token < 9; token++) {
            for (int expert = 0; expert < EXPERTS; expert++) {
                assertThat(RoutingTrial.combine(routing, EXPERTS)[token][expert])
                        .isCloseTo(probabilities.get(token, expert), within(1e-6));
            }
        }
    }

    @Test
    void saysThatTrainingNeedsTheNoisesWeight() {
        RoutingTrial trial = RoutingTrial.of(normal("logits", 3, EXPERTS)).training();
        assertThatThrownBy(() -> trial.route(router())).isInstanceOf(LatheException.class)
                .hasMessageContaining("noise_weight").hasMessageContaining("block 0");
    }

    @Test
    void namesBlockAndTokenOfALogitThatIsNoNumber() {
        Tensor logits = normal("logits", 6, EXPERTS);
        logits.set(Double.NaN, 5, 1);
        assertThatThrownBy(() -> RoutingTrial.of(logits).route(router())).isInstanceOf(LatheException.class)
                .hasMessageContaining("token 5 in block 0");
    }
}
