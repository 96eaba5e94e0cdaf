package lathe.denseexperts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

import lathe.spi.LatheException;
import lathe.spi.Plugin;
import lathe.spi.router.Router;
import lathe.spi.router.Routing;
import lathe.spi.tensor.Tensor;
import lathe.testkit.RouterContract;
import lathe.testkit.scene.RoutingTrial;

class DenseExpertsTest extends RouterContract {
    @Override
    protected Plugin plugin() {
        return new DenseExpertsPlugin();
    }

    @Override
    protected int expertsPerToken() {
        return 8;
    }

    @Test
    void everyExpertHasItsProbabilityHoweverFewTheModelWouldChoose() {
        Tensor logits = normal("logits", 15, 7);
        Tensor probabilities = logits.softmax();
        Routing routing = RoutingTrial.of(logits).expertsPerToken(2).route(make(Router.class));
        double[][] combine = RoutingTrial.combine(routing, 7);
        for (int token = 0; token < 15; token++) {
            for (int expert = 0; expert < 7; expert++) {
                assertThat(combine[token][expert]).isCloseTo(probabilities.get(token, expert), within(1e-7));
            }
        }
        assertThat(RoutingTrial.load(routing, 7)).containsOnly(15);
        assertThat(routing.values()).containsEntry("max_violation", 0.0).containsEntry("experts_used", 7.0);
    }

    @Test
    void namesBlockAndTokenOfALogitThatIsNoNumber() {
        Tensor logits = normal("logits", 6, 3);
        logits.set(Double.NaN, 5, 1);
        assertThatThrownBy(() -> RoutingTrial.of(logits).route(make(Router.class))).isInstanceOf(LatheException.class)
                .hasMessageContaining("token 5 in block 0");
    }
}
