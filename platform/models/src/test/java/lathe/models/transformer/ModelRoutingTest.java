package lathe.models.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.IntStream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.models.architecture.ModelFolder;
import lathe.models.checkpoint.SharedFolder;
import lathe.spi.router.Router;
import lathe.spi.tensor.Scope;

/** A router method that changes nothing of what the model's own gate chooses. */
class ModelRoutingTest {
    @ParameterizedTest
    @ValueSource(strings = {"mixtral", "qwen2-moe", "deepseek-v2-lite", "deepseek-v2-grouped", "deepseek-v3"})
    void routersSeeTheChoiceOfTheModelsOwnGate(String name) {
        Path folder = SharedFolder.require("golden/models/" + name);
        Router own = scene -> scene.modelRouting().orElseThrow();
        int[] tokens = IntStream.range(3, 40).toArray();
        try (Scope scope = Engine.shared().openScope();
                ModelFolder model = ModelFolder.open(folder, "config.json");
                Transformer transformer = Transformer.of(model,
                        new CpuBackend(Engine.shared()).open(Engine.shared().parallel()), scope)) {
            RunnableModel plain = new RunnableModel(transformer, ServingPlan.PLAIN, scope);
            RunnableModel routed = new RunnableModel(transformer, ServingPlan.PLAIN.withRouter(own), scope);
            assertThat(routed.logits(tokens, scope).toFloats()).containsExactly(plain.logits(tokens, scope).toFloats());
        }
    }
}
