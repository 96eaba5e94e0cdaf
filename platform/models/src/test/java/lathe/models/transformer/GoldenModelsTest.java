package lathe.models.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.models.check.CaseOutcome;
import lathe.models.check.ModelCases;
import lathe.models.checkpoint.SharedFolder;
import lathe.spi.tensor.Scope;

/** Every golden model against what transformers computed from it, with either spelling of its config. */
class GoldenModelsTest {
    @TestFactory
    Stream<DynamicTest> computesWhatTransformersComputes() {
        return SharedFolder.cases("models").stream()
                .filter(folder -> Files.isRegularFile(folder.resolve("expected.safetensors")))
                .flatMap(folder -> Stream.of("config.json", "config-v4.json")
                        .filter(config -> Files.isRegularFile(folder.resolve(config)))
                        .map(config -> DynamicTest.dynamicTest(folder.getFileName() + " " + config, () -> {
                            List<CaseOutcome> outcomes = run(folder, config);
                            assertThat(outcomes).filteredOn(outcome -> !outcome.isEqual()).isEmpty();
                            assertThat(outcomes).extracting(CaseOutcome::name).contains("logits", "hidden states",
                                    "ragged logits", "greedy", "greedy_short");
                        })));
    }

    @Test
    void aWrongBaseOfTheRotationIsFoundOut(@TempDir Path copy) throws IOException {
        changed(copy, "llama-gqa-tied", "500000.0", "510000.0");
        assertThat(run(copy, "config.json")).extracting(CaseOutcome::name, CaseOutcome::isEqual)
                .contains(org.assertj.core.groups.Tuple.tuple("logits", false))
                .contains(org.assertj.core.groups.Tuple.tuple("hidden states", false));
    }

    @Test
    void tanhGeluInPlaceOfTheExactOneIsFoundOut(@TempDir Path copy) throws IOException {
        changed(copy, "gpt-neox", "\"hidden_act\": \"gelu\"", "\"hidden_act\": \"gelu_new\"");
        assertThat(run(copy, "config.json")).filteredOn(outcome -> outcome.name().equals("logits"))
                .noneMatch(CaseOutcome::isEqual).hasSize(1);
    }

    private static void changed(Path copy, String name, String from, String to) throws IOException {
        for (Path file : SharedFolder.list(SharedFolder.require("golden/models/" + name))) {
            Files.copy(file, copy.resolve(file.getFileName()));
        }
        Path config = copy.resolve("config.json");
        String text = Files.readString(config);
        assertThat(text).contains(from);
        config.toFile().setWritable(true);
        Files.writeString(config, text.replace(from, to));
    }

    private static List<CaseOutcome> run(Path folder, String config) {
        try (Scope scope = Engine.shared().openScope()) {
            return ModelCases.run(folder, config, new CpuBackend(Engine.shared()).open(Engine.shared().parallel()),
                    scope);
        }
    }
}
