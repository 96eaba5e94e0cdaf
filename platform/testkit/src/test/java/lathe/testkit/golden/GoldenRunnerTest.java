package lathe.testkit.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.models.checkpoint.SafetensorsWriter;
import lathe.models.checkpoint.StoredType;
import lathe.models.checkpoint.TensorSource;
import lathe.spi.Default;
import lathe.spi.Kind;
import lathe.spi.Method;
import lathe.spi.tensor.CutRule;
import lathe.spi.tensor.Mask;
import lathe.spi.weight.Pruned;
import lathe.spi.weight.Pruner;
import lathe.testkit.scene.MethodSource;

class GoldenRunnerTest {
    @TempDir
    Path root;

    /** @param sparsity fraction that goes */
    public record HalfConfig(@Default("0.5") double sparsity) {}

    private static final Method<HalfConfig> HALF = Method.pruner("half-pruner", HalfConfig.class,
            config -> (Pruner) scene -> {
                Mask mask = Mask.largestPerRow(scene.weight().abs(), config.sparsity(), CutRule.FLOOR);
                return Pruned.keep(mask, scene.weight());
            });

    private GoldenResult run(String operation, String parameters, float... mask) throws IOException {
        Path folder = Files.createDirectories(root.resolve("pruners").resolve("half"));
        Files.writeString(folder.resolve("small.json"), """
                {"operation": "%s", "parameters": {%s}, "inputs": {"weight": "[1, 4]"},
                 "expected": {"mask": {"meaning": "1 = kept", "compare": "exact"}}}
                """.formatted(operation, parameters));
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsWriter.write(folder.resolve("small.safetensors"), List.of(
                    tensor("in.weight", arena, 3, -1, 2, -4), tensor("out.mask", arena, mask)), Map.of());
        }
        GoldenFolders folders = new GoldenFolders(List.of(root));
        List<Path> cases = folders.cases(Kind.PRUNER, "half-pruner");
        assertThat(cases).hasSize(1);
        return new GoldenRunner(new MethodSource(List.of(HALF))).run(Kind.PRUNER, cases.getFirst());
    }

    private static TensorSource tensor(String name, Arena arena, float... values) {
        MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
        return TensorSource.of(name, StoredType.F32, new long[] {1, values.length}, data);
    }

    @Test
    void aCaseThatAgreesIsEqual() throws IOException {
        assertThat(run("prune-matrix", "\"sparsity\": 0.5", 1, 0, 0, 1).outcome())
                .isEqualTo(GoldenResult.Outcome.EQUAL);
    }

    @Test
    void aCaseThatDoesNotAgreeSaysWhere() throws IOException {
        GoldenResult result = run("prune-matrix", "\"sparsity\": 0.5", 1, 1, 0, 0);
        assertThat(result.outcome()).isEqualTo(GoldenResult.Outcome.DIFFERS);
        assertThat(result.detail()).contains("mask").contains("2 of 4");
    }

    @Test
    void anUnknownOperationIsIncompleteAndSaysItsName() throws IOException {
        GoldenResult result = run("prune-the-hedge", "", 1, 0, 0, 1);
        assertThat(result.outcome()).isEqualTo(GoldenResult.Outcome.INCOMPLETE);
        assertThat(result.detail()).contains("prune-the-hedge");
    }

    @Test
    void aParameterThatTheMethodDoesNotHaveIsNotPassedOver() throws IOException {
        GoldenResult result = run("prune-matrix", "\"sparsity\": 0.5, \"height\": 3", 1, 0, 0, 1);
        assertThat(result.outcome()).isEqualTo(GoldenResult.Outcome.DIFFERS);
        assertThat(result.detail()).contains("height").contains("sparsity");
    }

    @Test
    void aFolderThatIsNotThereHasNoCases() {
        GoldenFolders folders = new GoldenFolders(List.of(root.resolve("nowhere")));
        assertThat(folders.cases(Kind.PRUNER, "half")).isEmpty();
    }
}
