package lathe.models.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.models.checkpoint.SharedFolder;

class HostileCasesTest {
    @TempDir
    Path folder;

    @Test
    void findsNothingWrongInTheSharedCases() {
        List<CaseOutcome> outcomes = HostileCases.run(SharedFolder.require("golden/hostile"));
        assertThat(outcomes).hasSizeGreaterThanOrEqualTo(45 + 7 + 51).allMatch(CaseOutcome::isEqual);
    }

    @Test
    void reportsABrokenFileThatOpensAndAValidOneThatDoesNot() throws IOException {
        Path plain = SharedFolder.require("golden/hostile/valid").resolve("plain.safetensors");
        Files.createDirectory(folder.resolve("safetensors"));
        Files.createDirectory(folder.resolve("valid"));
        Files.copy(plain, folder.resolve("safetensors/sound.safetensors"));
        Files.writeString(folder.resolve("valid/broken.safetensors"), "x");
        List<CaseOutcome> outcomes = HostileCases.run(folder);
        assertThat(outcomes).hasSize(2).noneMatch(CaseOutcome::isEqual);
        assertThat(outcomes.getFirst().difference()).hasValue("opened without a complaint");
    }
}
