package lathe.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.launcher.ExitCode;
import lathe.launcher.Installation;
import lathe.launcher.Platforms;
import lathe.report.ReportWriter;
import lathe.report.ResultRow;
import lathe.report.RunReport;
import lathe.report.RunSummary;
import lathe.runtime.store.ArtifactStore;

/** {@code store} and {@code diff}, which look at what runs have left; and how wrong names of recipes and runs are answered. */
class PastRunCommandsTest {
    @TempDir
    private Path home;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int lathe(String... arguments) {
        Platforms platforms = Platforms.startedFor(new Installation(home, home.resolve("plugins")));
        return LatheCommand.execute(platforms, new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }

    private Path runs() {
        return home.resolve("runs");
    }

    private void stored(String address, String node, String text) {
        ArtifactStore.open(runs().resolve(".store")).put(address, node, "{\"verb\":\"prune\"}", folder -> {
            try {
                Files.writeString(folder.resolve("numbers.txt"), text);
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        });
    }

    private void ran(String name, double value, String... addresses) throws IOException {
        Path folder = Files.createDirectories(runs().resolve(name));
        RunSummary run = new RunSummary("x", "", Instant.EPOCH, 1, Map.of(),
                Map.of("java", "25", "seed", 17L));
        new ReportWriter().write(new RunReport(run, List.of(), List.of(
                ResultRow.of("quality", "dense", "perplexity", "", 53.9, "", 17),
                ResultRow.of("quality", "pruned", "perplexity", "", value, "", 17)), List.of(),
                List.of(), List.of()), folder);
        Files.writeString(folder.resolve("resolved.conf"),
                "graph { pruned { prune = wanda, sparsity = " + value / 100 + " } }");
        StringBuilder lineage = new StringBuilder("{\"addresses\": {");
        for (String address : addresses) {
            lineage.append('"').append(address).append("\": \"").append(address).append("\"");
        }
        Files.writeString(folder.resolve("lineage.json"), lineage.append("}}").toString());
    }

    @Test
    void listsMeasuresAndCleansTheStore() throws IOException {
        stored("aaaa1111", "pruned", "used");
        stored("bbbb2222", "packed", "forgotten");
        ran("x/one", 60, "aaaa1111");
        assertThat(lathe("store", "ls", "--runs", runs().toString())).isEqualTo(ExitCode.DONE);
        assertThat(out.toString()).contains("aaaa1111", "bbbb2222", "pruned", "packed");
        assertThat(lathe("store", "du", "--runs", runs().toString())).isEqualTo(ExitCode.DONE);
        assertThat(out.toString()).contains("all");

        assertThat(lathe("store", "gc", "--runs", runs().toString(), "--unreferenced", "--dry-run"))
                .isEqualTo(ExitCode.DONE);
        assertThat(out.toString()).contains("1 result would be removed");
        assertThat(ArtifactStore.open(runs().resolve(".store")).list()).hasSize(2);
        assertThat(lathe("store", "gc", "--runs", runs().toString(), "--unreferenced")).isEqualTo(ExitCode.DONE);
        assertThat(ArtifactStore.open(runs().resolve(".store")).list()).singleElement()
                .satisfies(artifact -> assertThat(artifact.address()).isEqualTo("aaaa1111"));
    }

    @Test
    void verifiesTheStoreAndQuarantinesWhatIsDamaged() throws IOException {
        stored("aaaa1111", "pruned", "used");
        assertThat(lathe("store", "verify", "--runs", runs().toString())).isEqualTo(ExitCode.DONE);
        try (Stream<Path> files = Files.walk(runs().resolve(".store"))) {
            Files.writeString(files.filter(file -> file.endsWith("numbers.txt")).findFirst().orElseThrow(), "uses");
        }
        assertThat(lathe("store", "verify", "--runs", runs().toString())).isEqualTo(ExitCode.FAILED);
        assertThat(out.toString()).contains("numbers.txt", "quarantine");
        assertThat(lathe("store", "verify", "--runs", runs().toString())).isEqualTo(ExitCode.DONE);
        assertThat(lathe("store", "gc", "--quarantine", "--runs", runs().toString())).isEqualTo(ExitCode.DONE);
        assertThat(runs().resolve(".store/quarantine")).doesNotExist();
    }

    @Test
    void refusesACleaningThatSaysNothingAndAStoreThatIsNotThereOrNewer() throws IOException {
        assertThat(lathe("store", "ls", "--runs", runs().toString())).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(err.toString()).contains("There is no store");
        stored("aaaa1111", "pruned", "used");
        assertThat(lathe("store", "gc", "--runs", runs().toString())).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(err.toString()).contains("Say what may go");
        assertThat(lathe("store", "gc", "--older-than", "soon", "--runs", runs().toString()))
                .isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(err.toString()).contains("--older-than", "30d");
        Files.writeString(runs().resolve(".store/format"), "99\n");
        assertThat(lathe("store", "ls", "--runs", runs().toString())).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(err.toString()).contains("newer Lathe", "99");
    }

    @Test
    void comparesTwoRuns() throws IOException {
        ran("x/one", 60);
        ran("x/two", 75);
        assertThat(lathe("diff", runs().resolve("x/one").toString(), "x", "--runs", runs().toString()))
                .isEqualTo(ExitCode.DONE);
        assertThat(out.toString()).contains("graph.pruned.sparsity", "0.6", "0.75", "+25.00 %",
                "2 numbers: 1 the same bit for bit, 1 not");
    }

    @Test
    void answersWrongNamesWithASentence() throws IOException {
        ran("quickstart/one", 60);
        assertThat(lathe("diff", "quickstrat", "quickstart", "--runs", runs().toString()))
                .isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(err.toString()).contains("There is no run quickstrat", "quickstart");
        assertThat(lathe("reproduce", "no-such-paper", "--recipes", home.toString())).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(err.toString()).contains("There is no recipe 'no-such-paper'");
        assertThat(lathe("reproduce")).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(err.toString()).contains("Name a paper, or say --all");
        assertThat(err.toString()).doesNotContain("\tat ");
    }
}
