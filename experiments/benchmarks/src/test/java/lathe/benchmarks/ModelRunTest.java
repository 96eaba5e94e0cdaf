package lathe.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.runtime.source.RandomModel;

/** What is compared must be the same work: everyone who runs the model says the same. */
class ModelRunTest {
    private static final RandomModel.Sizes TINY = BenchmarkModel.sizes(2, 64, 96, 4, 2, 256, 0.3, RandomModel.Type.F32);

    @TempDir
    Path folder;

    @Test
    void everyLibraryContinuesThePromptWithTheSameTokens() {
        BenchmarkModel files = BenchmarkModel.make(TINY, folder);
        List<Integer> lathe = continued(files, "lathe");
        assertThat(lathe.stream().distinct().count()).isGreaterThan(4);
        assertThat(continued(files, "libtorch")).isEqualTo(lathe);
        assertThat(continued(files, "jlama")).isEqualTo(lathe);
    }

    /** Greedy tokens after a prompt, and after one more token that nobody would have chosen. */
    private static List<Integer> continued(BenchmarkModel files, String by) {
        List<Integer> tokens = new ArrayList<>();
        try (ModelRun model = ModelBenchmark.open(files, by, "f32")) {
            tokens.add(model.prefill(files.tokens(17)));
            for (int other = 1; other < 8; other++) {
                tokens.add(model.next(tokens.getLast() + 31 * other & 0xff));
            }
        }
        return tokens;
    }

    @Test
    void roundedWeightsTakeTheBytesThatTheTableCounts() {
        BenchmarkModel files = BenchmarkModel.make(
                BenchmarkModel.sizes(1, 64, 128, 4, 2, 256, 0.02, RandomModel.Type.BF16), folder);
        try (ModelRun model = ModelBenchmark.open(files, "lathe", "int4")) {
            assertThat(model.prefill(files.tokens(3))).isBetween(0, 255);
        }
    }
}
