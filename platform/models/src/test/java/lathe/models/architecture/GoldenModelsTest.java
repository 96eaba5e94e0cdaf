package lathe.models.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import lathe.models.checkpoint.SharedFolder;

/** The descriptions against checkpoints that transformers wrote. */
class GoldenModelsTest {
    @TestFactory
    Stream<DynamicTest> plansExactlyTheTensorsThatAreStored() {
        return SharedFolder.cases("models").stream().flatMap(folder -> configs(folder).map(
                config -> dynamicTest(folder.getFileName() + "/" + config, () -> {
                    try (ModelFolder model = ModelFolder.open(folder, config)) {
                        assertThat(model.plan().tensors().keySet()).containsExactlyInAnyOrderElementsOf(
                                model.checkpoint().names());
                        assertWeightsCoverEachTensor(model);
                        model.requireFiniteWeights();
                    }
                })));
    }

    @TestFactory
    Stream<DynamicTest> readsTheSameFromConfigsOfBothGenerations() {
        return SharedFolder.cases("models").stream().filter(
                folder -> Files.exists(folder.resolve("config-v4.json"))).map(
                        folder -> dynamicTest(folder.getFileName().toString(), () -> {
                            ArchitectureConfig newer = ParsedConfig.read(folder.resolve("config.json")).config();
                            ArchitectureConfig older = ParsedConfig.read(folder.resolve("config-v4.json")).config();
                            assertThat(older).isEqualTo(newer);
                        }));
    }

    @Test
    void describesEveryFamilyOfTheGoldenModels() {
        Set<String> used = new HashSet<>();
        for (Path folder : SharedFolder.cases("models")) {
            used.add(ParsedConfig.read(folder.resolve("config.json")).family().name());
        }
        assertThat(used).containsExactlyInAnyOrderElementsOf(Family.all().stream().map(Family::name).toList());
    }

    @Test
    void opensTheModelsThatComeWithLathe() {
        for (String name : List.of("lathe-tiny", "lathe-tiny-moe")) {
            try (ModelFolder model = ModelFolder.open(SharedFolder.require("models/" + name))) {
                model.requireFiniteWeights();
                assertThat(model.config().vocabulary()).isEqualTo(4096);
                assertThat(model.config().hasExperts()).isEqualTo(name.endsWith("moe"));
                assertThat(model.tokenizer().encode("Call me Ishmael.")).isNotEmpty();
            }
        }
    }

    private static Stream<String> configs(Path folder) {
        return Stream.of("config.json", "config-v4.json").filter(name -> Files.exists(folder.resolve(name)));
    }

    /** Every byte of every tensor belongs to one weight. */
    private static void assertWeightsCoverEachTensor(ModelFolder model) {
        for (PlannedTensor planned : model.plan().tensors().values()) {
            Set<Long> rows = new HashSet<>();
            long columns = 0;
            for (PlannedTensor.Part part : planned.parts()) {
                Weight weight = model.weight(part.slot());
                assertThat(weight.entry().name()).isEqualTo(planned.name());
                columns = weight.columns();
                for (long row = 0; row < weight.rows(); row++) {
                    assertThat(rows.add(weight.selection().stored(row))).as("row in two parts").isTrue();
                }
            }
            assertThat(rows.size() * columns).isEqualTo(model.checkpoint().entry(planned.name()).elements());
        }
    }
}
