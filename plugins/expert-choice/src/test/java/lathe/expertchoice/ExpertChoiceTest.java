package lathe.expertchoice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

class ExpertChoiceTest extends RouterContract {
    private static final int EXPERTS = 4;

    @Override
    protected Plugin plugin() {
        return new ExpertChoicePlugin();
    }

    @Override
    protected boolean weightsSumToOne() {
        return false;
    }

    @Override
    protected boolean fillsAllSlots() {
        return false;
    }

    @Override
    protected boolean takesTheLargestLogits() {
        return false;
    }

    private Router router(String... hocon) {
        return make(Router.class, hocon);
    }

    @Test
    void everyExpertTakesItsBestTokensOfEverySequence() {
        Tensor logits = normal("logits", 26, EXPERTS);
        Tensor probabilities = logits.softmax();
        Routing routing = RoutingTrial.of(logits).sequences(15, 11).route(router("f = 1.5"));
        double[][] combine = RoutingTrial.combine(routing, EXPERTS);
        for (int expert = 0; expert < EXPERTS; expert++) {
            int e = expert;
            // ceil(1.5 * 15 / 4) and ceil(1.5 * 11 / 4)
            int[] wanted = IntStream.concat(
                    ranked(probabilities, e, 0, 15).limit(6), ranked(probabilities, e, 15, 26).limit(5)).toArray();
            for (int token = 0; token < 26; token++) {
                int t = token;
                boolean taken = Arrays.stream(wanted).anyMatch(other -> other == t);
                assertThat(combine[t][e]).as("[%s, %s]", t, e).isEqualTo(taken ? probabilities.get(t, e) : 0);
            }
        }
    }

    private static IntStream ranked(Tensor probabilities, int expert, int from, int to) {
        return IntStream.range(from, to).boxed()
                .sorted(Comparator.comparingDouble((Integer token) -> -probabilities.get(token, expert)))
                .mapToInt(Integer::intValue);
    }

    @Test
    void everyExpertHasExactlyItsCapacityAlsoWithTies() {
        for (Tensor logits : new Tensor[] {normal("logits", 30, EXPERTS), scope().zeros(30, EXPERTS)}) {
            Routing routing = RoutingTrial.of(logits).route(router("f = 2"));
            assertThat(RoutingTrial.load(routing, EXPERTS)).containsOnly(15);
        }
        Routing tied = RoutingTrial.of(scope().zeros(30, EXPERTS)).route(router("capacity = 3"));
        assertThat(IntStream.range(0, 30).filter(token -> tied.experts().get(token, 0) >= 0).toArray())
                .containsExactly(0, 1, 2);
        assertThat(tied.values()).containsEntry("without_expert", 27.0).containsEntry("max_violation", 0.0);
    }

    @Test
    void aSingleTokenGoesToItsBestExperts() {
        Routing routing = RoutingTrial.of(scope().of(new float[] {1, 4, 2, 3}, 1, EXPERTS)).route(router("f = 2"));
        assertThat(routing.experts().toInts()).containsExactlyInAnyOrder(1, 3);
        assertThat(routing.values()).containsEntry("looks_ahead", 0.0);
        Routing all = RoutingTrial.of(scope().zeros(1, EXPERTS)).route(router("f = 9"));
        assertThat(all.experts().toInts()).containsExactlyInAnyOrder(0, 1, 2, 3);
    }

    @Test
    void aSingleTokenIsRefusedIfAskedFor() {
        RoutingTrial trial = RoutingTrial.of(scope().zeros(1, EXPERTS));
        assertThatThrownBy(() -> trial.route(router("singleToken = refuse"))).isInstanceOf(LatheException.class)
                .hasMessageContaining("token-choice").hasMessageContaining("block 0");
    }

    @Test
    void saysForHowManyTokensLaterOnesDecide() {
        Tensor logits = normal("logits", 12, EXPERTS);
        assertThat(RoutingTrial.of(logits).sequences(5, 1, 6).route(router()).values()).containsEntry("looks_ahead",
                9.0);
        assertThat(RoutingTrial.of(logits).sequences(5, 1, 6).route(router("group = batch")).values())
                .containsEntry("looks_ahead", 11.0);
    }

    @Test
    void nobodyTakesPadding() {
        int[] padding = new int[20];
        Arrays.fill(padding, 12, 20, 1);
        Routing routing = RoutingTrial.of(normal("logits", 20, EXPERTS)).given("padding", scope().of(padding, 20))
                .route(router("f = 4"));
        assertThat(RoutingTrial.load(routing, EXPERTS)).containsOnly(12);
        for (int token = 12; token < 20; token++) {
            assertThat(routing.experts().get(token, 0)).isEqualTo(-1);
        }
    }

    @Test
    void namesBlockAndTokenOfALogitThatIsNoNumber() {
        Tensor logits = normal("logits", 6, EXPERTS);
        logits.set(Double.NaN, 5, 1);
        assertThatThrownBy(() -> RoutingTrial.of(logits).route(router())).isInstanceOf(LatheException.class)
                .hasMessageContaining("token 5 in block 0");
    }
}
