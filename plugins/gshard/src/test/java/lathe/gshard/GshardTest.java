package lathe.gshard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import lathe.spi.LatheException;
import lathe.spi.Plugin;
import lathe.spi.router.Router;
import lathe.spi.router.Routing;
import lathe.spi.tensor.Tensor;
import lathe.testkit.RouterContract;
import lathe.testkit.scene.RoutingTrial;

class GshardTest extends RouterContract {
    private static final int EXPERTS = 5;

    @Override
    protected Plugin plugin() {
        return new GshardPlugin();
    }

    @Override
    protected String settings() {
        return "drop = none";
    }

    private Router router(String... hocon) {
        return make(Router.class, hocon);
    }

    @Test
    void equalsANaiveLoopWithBothOrders() {
        Tensor logits = normal("logits", 40, EXPERTS);
        for (boolean prioritised : new boolean[] {false, true}) {
            Routing routing = RoutingTrial.of(logits).route(
                    router("drop = position, capacityFactor = 0.6, minCapacity = 1, batchPrioritised = "
                            + prioritised));
            double[][] expected = naive(logits, 10, prioritised);
            double[][] combine = RoutingTrial.combine(routing, EXPERTS);
            for (int token = 0; token < 40; token++) {
                assertThat(combine[token]).as("token %s, %s", token, prioritised)
                        .containsExactly(expected[token], within(1e-6));
            }
        }
    }

    private static double[][] naive(Tensor logits, int capacity, boolean prioritised) {
        int tokens = logits.size(0);
        double[][] probabilities = new double[tokens][];
        for (int token = 0; token < tokens; token++) {
            int row = token;
            double[] powers = IntStream.range(0, EXPERTS).mapToDouble(e -> Math.exp(logits.get(row, e))).toArray();
            double sum = Arrays.stream(powers).sum();
            probabilities[token] = Arrays.stream(powers).map(power -> power / sum).toArray();
        }
        Integer[] order = IntStream.range(0, tokens).boxed().toArray(Integer[]::new);
        if (prioritised) {
            Arrays.sort(order, Comparator.comparingDouble(
                    (Integer token) -> -Arrays.stream(probabilities[token]).max().orElseThrow()));
        }
        double[][] combine = new double[tokens][EXPERTS];
        int[] taken = new int[EXPERTS];
        for (int choice = 0; choice < 2; choice++) {
            for (int token : order) {
                int expert = ranked(probabilities[token])[choice];
                if (taken[expert] < capacity) {
                    taken[expert]++;
                    combine[token][expert] = probabilities[token][expert];
                }
            }
        }
        for (double[] row : combine) {
            double sum = Arrays.stream(row).sum();
            for (int expert = 0; sum > 0 && expert < EXPERTS; expert++) {
                row[expert] /= sum;
            }
        }
        return combine;
    }

    private static int[] ranked(double[] row) {
        return IntStream.range(0, row.length).boxed()
                .sorted(Comparator.comparingDouble((Integer expert) -> -row[expert]))
                .mapToInt(Integer::intValue).toArray();
    }

    @Test
    void noExpertTakesMoreThanItsPlacesWhateverThePolicy() {
        Tensor logits = normal("logits", 64, EXPERTS).add(scope().of(new float[] {4, 2, 0, 0, 0}, EXPERTS));
        for (String policy : new String[] {"second", "sampling", "random"}) {
            Routing routing = RoutingTrial.of(logits).route(router("drop = position, secondPolicy = " + policy));
            // 2 * ceil(64 / 5)
            int[] load = RoutingTrial.load(routing, EXPERTS);
            assertThat(load[0]).as(policy).isEqualTo(26);
            assertThat(Arrays.stream(load).max().orElseThrow()).as(policy).isEqualTo(26);
            assertThat(routing.values().get("dropped")).as(policy).isPositive();
        }
    }

    @Test
    void whatIsKeptHasWeightOneAfterDroppingAndLessBefore() {
        Tensor logits = normal("logits", 64, EXPERTS);
        String tight = "drop = position, capacityFactor = 0.5, minCapacity = 1, normalise = ";
        int partly = 0;
        double[][] after = RoutingTrial.combine(RoutingTrial.of(logits).route(router(tight + "after")), EXPERTS);
        double[][] before = RoutingTrial.combine(RoutingTrial.of(logits).route(router(tight + "before")), EXPERTS);
        for (int token = 0; token < 64; token++) {
            long kept = Arrays.stream(after[token]).filter(weight -> weight > 0).count();
            assertThat(Arrays.stream(after[token]).sum()).isCloseTo(kept == 0 ? 0 : 1, within(1e-6));
            if (kept == 1) {
                partly++;
                assertThat(Arrays.stream(before[token]).sum()).isLessThan(1);
            }
        }
        assertThat(partly).isPositive();
    }

    @Test
    void samplingInTrainingDrawsSecondsByTheirProbabilities() {
        Tensor logits = scope().zeros(20_000, 4);
        for (int token = 0; token < 20_000; token++) {
            logits.set(10, token, 2);
            logits.set(Math.log(3), token, 3);
        }
        RoutingTrial trial = RoutingTrial.of(logits).training();
        trial.route(router());
        double[] seconds = new double[4];
        for (double expert : trial.noted("second")) {
            seconds[(int) expert] += 1.0 / 20_000;
        }
        // Probabilities 1 : 1 : 3 among the experts that are not first; 5 standard deviations are 0.018.
        assertThat(seconds).containsExactly(new double[] {0.2, 0.2, 0, 0.6}, within(0.018));
    }

    @Test
    void secondsAreKeptWithTwiceTheirWeight() {
        Tensor logits = scope().zeros(20_000, 2);
        for (int token = 0; token < 20_000; token++) {
            logits.set(Math.log(4), token, 0);
        }
        Routing routing = RoutingTrial.of(logits).route(router("secondPolicy = random, normalise = before"));
        int[] load = RoutingTrial.load(routing, 2);
        assertThat(load[0]).isEqualTo(20_000);
        // Weight 1/5; 5 standard deviations are 0.018.
        assertThat(load[1] / 20_000.0).isCloseTo(0.4, within(0.018));
    }

    @Test
    void balancedTokensHaveALossOfOne() {
        float[] logits = new float[EXPERTS * EXPERTS];
        for (int token = 0; token < EXPERTS; token++) {
            logits[token * EXPERTS + token] = 3;
            logits[token * EXPERTS + (token + 1) % EXPERTS] = 2;
        }
        Routing routing = RoutingTrial.of(scope().of(logits, EXPERTS, EXPERTS)).route(router("aux = 0.1"));
        assertThat(routing.values().get("balance_loss")).isCloseTo(1, within(1e-6));
        assertThat(routing.values().get("loss")).isCloseTo(0.1, within(1e-7));
        assertThat(routing.values().get("max_violation")).isZero();
    }

    @Test
    void aSingleExpertLeftTakesEveryTokenAlone() {
        Routing routing = RoutingTrial.of(normal("logits", 7, 1)).route(router());
        assertThat(routing.experts().toInts()).containsOnly(0);
        assertThat(routing.weights().toFloats()).containsOnly(1);
    }

    @Test
    void namesBlockAndTokenOfALogitThatIsNoNumber() {
        Tensor logits = normal("logits", 6, EXPERTS);
        logits.set(Double.NaN, 5, 1);
        assertThatThrownBy(() -> RoutingTrial.of(logits).route(router())).isInstanceOf(LatheException.class)
                .hasMessageContaining("token 5 in block 0");
    }
}
