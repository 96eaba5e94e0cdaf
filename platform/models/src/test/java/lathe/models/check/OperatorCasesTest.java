package lathe.models.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.models.checkpoint.SharedFolder;
import lathe.spi.backend.Compute;
import lathe.spi.tensor.Scope;

class OperatorCasesTest {
    @Test
    void rotaryFrequenciesOfEveryScalingAreThoseOfTransformers() {
        List<CaseOutcome> outcomes = run(SharedFolder.require("golden/ops"));
        assertThat(outcomes).filteredOn(outcome -> outcome.difference().isPresent()).isEmpty();
        assertThat(outcomes).filteredOn(outcome -> outcome.group().equals("rope") && outcome.isEqual()).hasSize(8);
        assertThat(outcomes).filteredOn(outcome -> outcome.skipped().isPresent()).isEmpty();
    }

    @Test
    void aFileThatIsNoCaseDoesNotEndTheOthers(@TempDir Path folder) throws IOException {
        Path shared = SharedFolder.require("golden/ops");
        for (String name : List.of("hadamard-8.json", "hadamard-8.safetensors")) {
            Files.copy(shared.resolve(name), folder.resolve(name));
        }
        Files.writeString(folder.resolve("broken.json"), "{ this is no case");
        assertThat(run(folder)).extracting(CaseOutcome::isEqual).containsExactly(false, true);
    }

    private static List<CaseOutcome> run(Path folder) {
        try (Scope scope = Engine.shared().openScope();
                Compute compute = new CpuBackend(Engine.shared()).open(Engine.shared().parallel())) {
            return OperatorCases.run(folder, Engine.shared(), compute, scope);
        }
    }
}
