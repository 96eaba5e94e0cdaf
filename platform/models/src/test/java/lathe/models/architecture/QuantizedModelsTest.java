package lathe.models.architecture;

import static lathe.models.checkpoint.Sentences.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import lathe.models.checkpoint.Checkpoint;
import lathe.models.checkpoint.CheckpointWriter;
import lathe.models.checkpoint.SharedFolder;
import lathe.models.checkpoint.TensorSource;

/** Quantised checkpoints of other engines: found by the names of their parts. */
class QuantizedModelsTest {
    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> findsThePartsOfEveryQuantisedWeight() {
        return SharedFolder.cases("checkpoints").stream().map(path -> dynamicTest(path.getFileName().toString(), () -> {
            try (ModelFolder model = ModelFolder.open(path)) {
                boolean dense = model.quantization().isEmpty();
                for (Block block : model.config().blocks()) {
                    for (TensorRole role : List.of(TensorRole.Q, TensorRole.K, TensorRole.V, TensorRole.O,
                            TensorRole.GATE,
                            TensorRole.UP, TensorRole.DOWN)) {
                        Slot slot = Slot.of(block.index(), role);
                        assertThat(model.find(slot).isPresent()).isEqualTo(dense);
                        assertThat(model.quantizedParts(slot).isEmpty()).isEqualTo(dense);
                    }
                    assertThat(model.find(Slot.of(block.index(), TensorRole.FFN_NORM))).isPresent();
                }
                assertThat(model.find(Slot.of(TensorRole.HEAD))).isPresent();
            }
        }));
    }

    @Test
    void namesThePartsByTheirLastName() {
        Slot slot = Slot.of(1, TensorRole.GATE);
        assertParts("gptq-int4-g32", slot, "qweight", "qzeros", "scales", "g_idx");
        assertParts("awq-int4-g32", slot, "qweight", "qzeros", "scales");
        assertParts("compressed-tensors-int8", slot, "weight", "weight_scale");
        assertParts("compressed-tensors-24", slot, "compressed", "bitmask", "shape");
    }

    @Test
    void stillMissesAWeightOfWhichThereIsNoPart() throws Exception {
        Path source = SharedFolder.require("golden/checkpoints/gptq-int4-g32");
        Files.copy(source.resolve("config.json"), folder.resolve("config.json"));
        try (Checkpoint whole = Checkpoint.open(source)) {
            List<TensorSource> rest = whole.entries().stream().filter(entry -> !entry.name().contains("1.mlp.up_proj"))
                    .map(TensorSource::of).toList();
            CheckpointWriter.write(folder, rest, Map.of(), 1L << 30);
        }
        assertRefused(() -> ModelFolder.open(folder), "missing: 'model.layers.1.mlp.up_proj.weight'");
    }

    @Test
    void asksForTheMethodWhereAConfigOfQuantisationHasNone() throws Exception {
        Path source = SharedFolder.require("golden/models/llama");
        String config = Files.readString(source.resolve("config.json"));
        Files.writeString(folder.resolve("config.json"), config.replaceFirst("\\{", "{\"quantization_config\": {},"));
        assertRefused(() -> ModelFolder.open(folder), "quant_method is missing");
    }

    private static void assertParts(String name, Slot slot, String... parts) {
        try (ModelFolder model = ModelFolder.open(SharedFolder.require("golden/checkpoints/" + name))) {
            assertThat(model.quantizedParts(slot)).containsOnlyKeys(parts);
        }
    }
}
