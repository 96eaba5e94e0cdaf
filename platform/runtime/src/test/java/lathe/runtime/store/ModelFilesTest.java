package lathe.runtime.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.engine.Engine;
import lathe.models.architecture.ModelFolder;
import lathe.models.exchange.layout.InputRounding;
import lathe.models.transformer.ModelWeights;
import lathe.spi.model.Site;
import lathe.spi.tensor.Scope;

class ModelFilesTest {
    @Test
    void roundedInputsStayRounded(@TempDir Path folder) {
        Path source = Path.of(System.getProperty("lathe.shared", "../shared"))
                .resolve("golden/checkpoints/compressed-tensors-int8");
        assumeTrue(Files.isDirectory(source), () -> "skipped: there is no folder " + source);
        try (Scope scope = Engine.shared().openScope(); ModelFolder model = ModelFolder.open(source)) {
            ModelWeights read = ModelWeights.read(model, scope);
            Site first = read.sites(0).getFirst();
            ModelWeights weights = read.withInputs(first, new InputRounding(6, false, 0,
                    Optional.of(new InputRounding.Step(0.3f, -2))));
            ModelFiles.write("w8a8", weights, false, source, folder);
            try (ModelFiles.Stored stored = ModelFiles.read(folder, scope)) {
                for (Site site : weights.sites()) {
                    assertThat(stored.weights().inputs(site)).as(site.name()).isEqualTo(weights.inputs(site));
                }
                assertThat(stored.weights().inputs(first)).isPresent();
            }
        }
    }
}
