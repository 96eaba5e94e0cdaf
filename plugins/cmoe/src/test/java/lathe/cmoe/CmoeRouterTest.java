package lathe.cmoe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.model.ModelInfo;
import lathe.spi.router.Router;
import lathe.spi.tensor.Tensor;
import lathe.testkit.GoldenCases;
import lathe.testkit.RouterContract;

class CmoeRouterTest extends RouterContract {
    @Override
    protected Plugin plugin() {
        return new CmoePlugin();
    }

    @Test
    void refusesAModelThatItsCarverHasNotMade() {
        ModelInfo loaded = new ModelInfo("mixture", "mixtral", 8, 8, 8, 4, 2, List.of(), Set.of("experts"));
        ModelInfo carved = new ModelInfo("carved", "llama", 8, 8, 8, 4, 2, List.of(), Set.of("routed-by-cmoe"));
        assertThat(make(Router.class).refuses(loaded).orElseThrow().reason()).contains("mixture has none");
        assertThat(make(Router.class).refuses(carved)).isEmpty();
    }

    @Override
    protected boolean weightsSumToOne() {
        return false; // every chosen expert has the weight 1 until its scale is trained
    }

    @Override
    protected boolean takesTheLargestLogits() {
        return false; // the logits are one of two factors
    }

    @Override
    protected Map<String, Tensor> parameters(int tokens) {
        return Map.of("router_up", normal("up", 8, 12), "scale", scope().zeros(8), "bias", scope().zeros(8));
    }

    @Override
    protected GoldenCases golden() {
        return super.golden().missing("gradients come with training", "grad_x", "grad_router_gate", "grad_router_up",
                "grad_scale");
    }
}
