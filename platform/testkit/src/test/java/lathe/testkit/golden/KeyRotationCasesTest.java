package lathe.testkit.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import lathe.spi.Kind;
import lathe.testkit.scene.MethodSource;

/** Moving kept keys to their new positions is a stage of the platform's caches and belongs to no method. */
class KeyRotationCasesTest {
    @Test
    void keptKeysMoveAsTheReferenceMovesThem() {
        List<Path> cases = GoldenFolders.ofProperties().cases(Kind.KV_POLICY, "key-rerotation");
        Assumptions.assumeFalse(cases.isEmpty(), "The shared folder with golden cases is not there.");
        GoldenRunner runner = new GoldenRunner(new MethodSource(List.of()));
        for (Path json : cases) {
            GoldenResult result = runner.run(Kind.KV_POLICY, json);
            assertThat(result.outcome()).as(result.name() + ": " + result.detail())
                    .isEqualTo(GoldenResult.Outcome.EQUAL);
        }
    }
}
