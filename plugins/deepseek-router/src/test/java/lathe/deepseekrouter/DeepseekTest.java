package lathe.deepseekrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;

import lathe.spi.LatheException;
import lathe.spi.Plugin;
import lathe.spi.model.ModelInfo;
import lathe.spi.router.Router;
import lathe.spi.router.Routing;
import lathe.spi.tensor.Tensor;
import lathe.testkit.RouterContract;
import lathe.testkit.scene.RoutingTrial;

class DeepseekTest extends RouterContract {
    private static final int EXPERTS = 12;

    @Override
    protected Plugin plugin() {
        return new DeepseekPlugin();
    }

    private Router router(String... hocon) {
        return make(Router.class, hocon);
    }

    @Test
    void equalsANaiveLoopOverGroups() {
        Tensor logits = normal("logits", 50, EXPERTS);
        Tensor bias = normal("bias", EXPERTS).multiply(0.3);
        Routing routing = RoutingTrial.of(logits).expertsPerToken(3).given("correction_bias", bias)
                .route(router("groups = 4, keptGroups = 2, scale = 2.5"));
        double[][] combine = RoutingTrial.combine(routing, EXPERTS);
        for (int token = 0; token < 50; token++) {
            assertThat(combine[token]).as("token %s", token)
                    .containsExactly(naive(logits, bias, token), within(1e-6));
        }
    }

    private static double[] naive(Tensor logits, Tensor bias, int token) {
        double[] score = new double[EXPERTS];
        double[] judged = new double[EXPERTS];
        double[] group = new double[4];
        for (int expert = 0; expert < EXPERTS; expert++) {
            score[expert] = 1 / (1 + Math.exp(-logits.get(token, expert)));
            judged[expert] = score[expert] + bias.get(expert);
        }
        for (int g = 0; g < 4; g++) {
            double[] members = Arrays.copyOfRange(judged, 3 * g, 3 * g + 3);
            Arrays.sort(members);
            group[g] = members[1] + members[2];
        }
        double[] weights = new double[EXPERTS];
        double sum = 0;
        for (int expert = 0; expert < EXPERTS; expert++) {
            int betterGroups = 0;
            int better = 0;
            for (int other = 0; other < EXPERTS; other++) {
                betterGroups += other % 3 == 0 && group[other / 3] > group[expert / 3] ? 1 : 0;
                better += judged[other] > judged[expert] && inBest(group, other / 3) ? 1 : 0;
            }
            weights[expert] = betterGroups < 2 && better < 3 ? score[expert] : 0;
            sum += weights[expert];
        }
        for (int expert = 0; expert < EXPERTS; expert++) {
            weights[expert] *= 2.5 / sum;
        }
        return weights;
    }

    private static boolean inBest(double[] group, int wanted) {
        return Arrays.stream(group).filter(score -> score > group[wanted]).count() < 2;
    }

    @Test
    void choosesWithinTheKeptGroupsAlsoWithTies() {
        String limited = "groups = 4, keptGroups = 2";
        for (Tensor logits : new Tensor[] {normal("logits", 60, EXPERTS), scope().zeros(60, EXPERTS)}) {
            Routing routing = RoutingTrial.of(logits).expertsPerToken(6).route(router(limited));
            for (int token = 0; token < 60; token++) {
                Set<Integer> groups = new HashSet<>();
                for (int slot = 0; slot < 6; slot++) {
                    groups.add((int) routing.experts().get(token, slot) / 3);
                }
                assertThat(groups).as("token %s", token).hasSize(2);
            }
        }
        assertThat(
                RoutingTrial.of(scope().zeros(1, EXPERTS)).expertsPerToken(6).route(router(limited)).experts().toInts())
                .containsExactly(0, 1, 2, 3, 4, 5);
    }

    @Test
    void theBiasDecidesWhoButNotHowMuch() {
        Tensor logits = normal("logits", 40, EXPERTS);
        float[] strong = new float[EXPERTS];
        strong[7] = 10;
        strong[2] = 5;
        Routing routing = RoutingTrial.of(logits).given("correction_bias", scope().of(strong, EXPERTS)).route(router());
        for (int token = 0; token < 40; token++) {
            double first = 1 / (1 + Math.exp(-logits.get(token, 7)));
            double second = 1 / (1 + Math.exp(-logits.get(token, 2)));
            double[] combine = RoutingTrial.combine(routing, EXPERTS)[token];
            assertThat(combine[7]).isCloseTo(first / (first + second), within(1e-6));
            assertThat(combine[2]).isCloseTo(second / (first + second), within(1e-6));
        }
    }

    @Test
    void anEqualBiasForAllChangesNothing() {
        Tensor logits = normal("logits", 40, EXPERTS);
        Router router = router("groups = 3, keptGroups = 2, groupScore = largest");
        Routing plain = RoutingTrial.of(logits).route(router);
        Routing shifted = RoutingTrial.of(logits).given("correction_bias", scope().zeros(EXPERTS).fill(0.5))
                .route(router);
        assertThat(shifted.experts().toInts()).containsExactly(plain.experts().toInts());
        assertThat(shifted.weights().toFloats()).containsExactly(plain.weights().toFloats());
    }

    @Test
    void softmaxWeightsAreScaledOnlyIfTheyAreNotRenormalised() {
        Tensor logits = normal("logits", 20, EXPERTS);
        Routing raw = RoutingTrial.of(logits).route(router("score = softmax, scale = 4"));
        Routing normed = RoutingTrial.of(logits).route(router("score = softmax, scale = 4, renormalise = true"));
        Tensor probabilities = logits.softmax();
        for (int token = 0; token < 20; token++) {
            int best = (int) raw.experts().get(token, 0);
            assertThat(raw.weights().get(token, 0)).isCloseTo(4 * probabilities.get(token, best), within(1e-6));
            assertThat(normed.weights().get(token, 0) + normed.weights().get(token, 1)).isCloseTo(1, within(1e-6));
        }
    }

    @Test
    void balancedSequencesHaveALossOfOne() {
        float[] logits = new float[2 * EXPERTS * EXPERTS];
        for (int token = 0; token < 2 * EXPERTS; token++) {
            logits[token * EXPERTS + token % EXPERTS] = 3;
            logits[token * EXPERTS + (token + 1) % EXPERTS] = 3;
        }
        Tensor balanced = scope().of(logits, 2 * EXPERTS, EXPERTS);
        for (String score : new String[] {"score = sigmoid", "score = softmax"}) {
            Routing routing = RoutingTrial.of(balanced).sequences(EXPERTS, EXPERTS).route(router(score));
            assertThat(routing.values().get("balance_loss")).as(score).isCloseTo(1, within(1e-6));
            assertThat(routing.values().get("loss")).as(score).isCloseTo(1e-4, within(1e-9));
        }
    }

    @Test
    void aSequenceThatCollapsesIsSeenByTheSequencesLossAlone() {
        float[] logits = new float[EXPERTS * EXPERTS];
        for (int token = 0; token < EXPERTS; token++) {
            logits[token * EXPERTS + token] = 20;
        }
        Tensor each = scope().of(logits, EXPERTS, EXPERTS);
        int[] alone = new int[EXPERTS];
        Arrays.fill(alone, 1);
        String softmax = "score = softmax";
        double batch = RoutingTrial.of(each).expertsPerToken(1).sequences(alone).route(router(softmax, "level = batch"))
                .values().get("balance_loss");
        double sequence = RoutingTrial.of(each).expertsPerToken(1).sequences(alone).route(router(softmax))
                .values().get("balance_loss");
        assertThat(batch).isCloseTo(1, within(1e-5));
        assertThat(sequence).isCloseTo(EXPERTS, within(1e-5));
    }

    @Test
    void refusesGroupsThatDoNotFit() {
        assertThat(refusal("groups = 5, keptGroups = 2", 12, 2)).contains("12 experts do not split into 5 groups");
        assertThat(refusal("groups = 4, keptGroups = 5", 12, 2)).contains("kept-groups = 5");
        assertThat(refusal("groups = 4, keptGroups = 2", 12, 7)).contains("only 6 of the 12 experts");
        assertThat(router("groups = 4, keptGroups = 2").refuses(model(12, 6))).isEmpty();
        assertThatThrownBy(() -> RoutingTrial.of(scope().zeros(2, 12)).route(router("groups = 5, keptGroups = 2")))
                .isInstanceOf(LatheException.class).hasMessageContaining("block 0");
    }

    private String refusal(String hocon, int experts, int k) {
        return router(hocon).refuses(model(experts, k)).orElseThrow().reason();
    }

    private static ModelInfo model(int experts, int k) {
        return new ModelInfo("tiny", "deepseek-v3", 8, 16, 32, experts, k, List.of(), Set.of());
    }

    @Test
    void namesTheBlockOfABiasThatDoesNotFit() {
        Tensor logits = scope().zeros(2, EXPERTS);
        Tensor broken = scope().zeros(EXPERTS);
        broken.set(Double.NaN, 4);
        assertThatThrownBy(() -> RoutingTrial.of(logits).given("correction_bias", broken).route(router()))
                .isInstanceOf(LatheException.class).hasMessageContaining("expert 4 in block 0");
        assertThatThrownBy(() -> RoutingTrial.of(logits).given("correction_bias", scope().zeros(3)).route(router()))
                .isInstanceOf(LatheException.class).hasMessageContaining("3 numbers for 12 experts");
    }

    @Test
    void moreExpertsThanThereAreMeansAllOfThem() {
        Routing routing = RoutingTrial.of(normal("logits", 4, 3)).expertsPerToken(8).route(router());
        assertThat(routing.experts().size(1)).isEqualTo(3);
    }
}
