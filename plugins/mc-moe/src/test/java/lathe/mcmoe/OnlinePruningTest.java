package lathe.mcmoe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.Refusal;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;
import lathe.spi.router.ExpertSlots;
import lathe.spi.router.Router;
import lathe.spi.router.Routing;
import lathe.spi.tensor.DataType;
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
                assertThat(weights[token]).as("token %s", token).containsExactly(alone, within(1e-6));
            }
        }
        assertThat(both).as("three protected of thirty tokens, two of twenty").hasSize(5);
        assertThat(both.stream().filter(token -> token < 30)).hasSize(3);
    }

    /** A gate whose weights neither sum to 1 nor are a softmax: sigmoid, corrected for the choice, times 2.5. */
    private Routing modelRouting() {
        Tensor experts = scope().zeros(DataType.I32, 3, 2);
        Tensor weights = scope().zeros(3, 2);
        double[][] own = {{4, 1.5, 2, 0.5}, {0, 0.75, 3, 0.25}, {1, 2.25, 0, 2.0}};
        for (int token = 0; token < 3; token++) {
            for (int slot = 0; slot < 2; slot++) {
                experts.set(own[token][2 * slot], token, slot);
                weights.set(own[token][2 * slot + 1], token, slot);
            }
        }
        return Routing.of(experts, weights);
    }

    private Routing pruned(String settings) {
        return RoutingTrial.of(normal("logits", 3, 5)).hidden(normal("hidden", 3, 8)).model(modelRouting())
                .route(make(Router.class, settings));
    }

    @Test
    void isTheModelsOwnRoutingWhereNothingIsLeftOut() {
        Routing same = pruned("mu = [0.0]");
        assertThat(same.experts().toInts()).containsExactly(modelRouting().experts().toInts());
        assertThat(same.weights().toFloats()).containsExactly(modelRouting().weights().toFloats());
        assertThat(pruned("mu = [5.0], layers = [1]").weights().toFloats())
                .containsExactly(modelRouting().weights().toFloats());
    }

    @Test
    void givesTheWeightOfWhatIsLeftOutToTheExpertsThatStay() {
        Routing routing = pruned("mu = [0.5], tauHigh = 0");
        assertThat(routing.experts().toInts()).containsExactly(4, -1, 0, -1, 1, 0);
        assertThat(routing.weights().toFloats()).containsExactly(2, 0, 1, 0, 2.25f, 2);
    }

    private Optional<Refusal> refusal(String settings, String... features) {
        List<LayerInfo> layers = IntStream.range(0, 4).mapToObj(
                block -> new LayerInfo(block, 4, 2, 2, 4, 4, 0.5, Optional.empty(), Optional.empty())).toList();
        return make(Router.class, settings)
                .refuses(new ModelInfo("tiny", "mixtral", 8, 8, 8, 4, 2, layers, Set.of(features)));
    }

    @Test
    void refusesBlocksThatTheModelDoesNotHaveAndModelsWithoutAGate() {
        assertThat(refusal("layers = [0, 3]")).isEmpty();
        assertThat(refusal("layers = [3, 99]").orElseThrow().reason()).contains("block 99", "0 to 3");
        assertThat(refusal("layers = [-1]")).isPresent();
        assertThat(refusal("mu = [0.5, 0.5]").orElseThrow().reason()).contains("2 ratios", "4 blocks");
        assertThat(refusal("mu = [0.5]", "routed-by-cmoe").orElseThrow().reason()).contains("router cmoe");
    }

    @Test
    void refusesSharesOfMoreThanAllTokens() {
        assertThatThrownBy(() -> new OnlinePruningConfig(List.of(0.5), List.of(), 0.7, 0.4))
                .hasMessageContaining("tauHigh = 0.7").hasMessageContaining("tauLow = 0.4");
        assertThat(new OnlinePruningConfig(List.of(0.5), List.of(), 0.75, 0.25).tauLow()).isEqualTo(0.25);
    }
}
