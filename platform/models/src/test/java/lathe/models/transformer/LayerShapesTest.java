package lathe.models.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.models.architecture.ModelFolder;
import lathe.models.checkpoint.SharedFolder;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;

class LayerShapesTest {
    @ParameterizedTest
    @CsvSource({"gemma2, true", "qwen2, false"})
    void methodsAreToldOfTheCapOfLogits(String name, boolean capped) {
        try (Scope scope = Engine.shared().openScope();
                ModelFolder model = ModelFolder.open(SharedFolder.require("golden/models/" + name), "config.json");
                Transformer transformer = Transformer.of(model,
                        new CpuBackend(Engine.shared()).open(Engine.shared().parallel()), scope)) {
            double expected = transformer.config().blocks().getFirst().attention().softcap().orElse(0);
            assertThat(expected > 0).isEqualTo(capped);
            assertThat(new RunnableModel(transformer, ServingPlan.PLAIN, scope).info().layers())
                    .extracting(LayerInfo::softcap).containsOnly(expected);
        }
    }

    @ParameterizedTest
    @CsvSource({"gpt2, ungated activation-gelu-tanh", "gemma2, activation-gelu-tanh", "qwen2, ''"})
    void methodsAreToldOfNetworksWithoutAGateOrWithoutSilu(String name, String features) {
        try (Scope scope = Engine.shared().openScope();
                ModelFolder model = ModelFolder.open(SharedFolder.require("golden/models/" + name), "config.json");
                Transformer transformer = Transformer.of(model,
                        new CpuBackend(Engine.shared()).open(Engine.shared().parallel()), scope)) {
            assertThat(transformer.info().features().stream()
                    .filter(feature -> feature.equals("ungated") || feature.startsWith("activation-")).sorted()
                    .collect(Collectors.joining(" ")))
                    .isEqualTo(Stream.of(features.split(" ")).sorted().collect(Collectors.joining(" ")));
        }
    }
}
