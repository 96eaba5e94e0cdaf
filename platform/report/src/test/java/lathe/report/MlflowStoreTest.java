package lathe.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MlflowStoreTest {
    @TempDir
    Path folder;

    private static List<Path> folders(Path parent) throws IOException {
        try (Stream<Path> all = Files.list(parent)) {
            return all.filter(Files::isDirectory).sorted().toList();
        }
    }

    private static RunReport report(String name, String subject, double value) {
        RunSummary run = new RunSummary(name, "A \"run\".", Instant.parse("2026-01-31T12:00:00Z"), 2.5, Map.of(),
                Map.of());
        NodeRow node = NodeRow.of(subject, "prune", "wanda", NodeStatus.DONE, 1, "abc",
                SampleRuns.config("prune", "wanda", "calibration", Map.of("sequences", 32)));
        ResultRow row = new ResultRow("quality", subject, "perplexity", "windowed-512", value, "", 53.0, 55.0,
                Map.of("pruned.sparsity", 0.5), 17);
        return new RunReport(run, List.of(node), List.of(row), List.of(), List.of(), List.of());
    }

    @Test
    void writesARunForEverySubjectWithMetricsParametersAndTags() throws IOException {
        Path run = Files.createDirectories(folder.resolve("runs/x/20260131-120000-abc"));
        Files.writeString(run.resolve("report.html"), "<html>");
        MlflowStore store = new MlflowStore(folder.resolve("mlruns"));
        store.write(report("x", "pruned", 53.907), run);
        Path experiment = folders(folder.resolve("mlruns")).getFirst();
        assertThat(experiment.getFileName().toString()).matches("\\d{1,18}");
        assertThat(Files.readString(experiment.resolve("meta.yaml"))).contains("name: \"x\"\n",
                "experiment_id: \"" + experiment.getFileName() + "\"\n", "lifecycle_stage: \"active\"\n");
        Path written = folders(experiment).getFirst();
        assertThat(written.getFileName().toString()).matches("[0-9a-f]{32}");
        assertThat(Files.readString(written.resolve("meta.yaml"))).contains(
                "run_id: \"" + written.getFileName() + "\"\n",
                "status: 3\n", "start_time: 1769860800000\n", "end_time: 1769860802500\n",
                "run_name: \"pruned pruned.sparsity=0.5\"\n", "tags: []\n");
        assertThat(Files.readString(written.resolve("metrics/perplexity.windowed-512"))).isEqualTo(
                "1769860800000 53.907 0\n");
        assertThat(Files.readString(written.resolve("metrics/perplexity.windowed-512.low"))).contains(" 53.0 ");
        assertThat(Files.readString(written.resolve("params/calibration.sequences"))).isEqualTo("32");
        assertThat(Files.readString(written.resolve("params/seed"))).isEqualTo("17");
        assertThat(Files.readString(written.resolve("tags/mlflow.note.content"))).isEqualTo("A \"run\".");
        assertThat(written.resolve("artifacts/report.html")).exists();
    }

    @Test
    void runsOfOneExperimentMeetAndOneThatIsWrittenAgainReplacesItself() throws IOException {
        MlflowStore store = new MlflowStore(folder.resolve("mlruns"));
        store.write(report("x", "pruned", 1), folder.resolve("one"));
        store.write(report("x", "pruned", 2), folder.resolve("two"));
        store.write(report("x", "pruned", 3), folder.resolve("two"));
        store.write(report("y", "pruned", 4), folder.resolve("three"));
        assertThat(folders(folder.resolve("mlruns"))).hasSize(2);
        assertThat(folders(folder.resolve("mlruns")).stream().mapToInt(experiment -> count(experiment)).sorted())
                .containsExactly(1, 2);
    }

    private static int count(Path experiment) {
        try {
            return folders(experiment).size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void namesThatWouldLeaveTheFolderStayWithinItAndNaNIsPythons() throws IOException {
        MlflowStore store = new MlflowStore(folder.resolve("mlruns"));
        RunReport hostile = report("a: b\n- \"c\" #\u2028", "../../../x", Double.NaN);
        store.write(new RunReport(hostile.run(), hostile.nodes(), List.of(new ResultRow("q", "../x", "../../evil", "..",
                Double.NaN, "", null, Double.NEGATIVE_INFINITY, Map.of(), 1)), List.of(), List.of(), List.of()),
                folder.resolve("run"));
        assertThat(folders(folder)).containsExactly(folder.resolve("mlruns"));
        Path experiment = folders(folder.resolve("mlruns")).getFirst();
        assertThat(Files.readString(experiment.resolve("meta.yaml")).lines()).hasSize(6);
        Path metrics = folders(experiment).getFirst().resolve("metrics");
        assertThat(Files.readString(metrics.resolve(".._.._evil..."))).contains(" nan ");
        assertThat(Files.readString(metrics.resolve(".._.._evil....high"))).contains(" -inf ");
    }
}
