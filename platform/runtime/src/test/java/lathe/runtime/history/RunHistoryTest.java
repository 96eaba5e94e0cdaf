package lathe.runtime.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.runtime.config.Overrides;
import lathe.runtime.graph.TestMethods;
import lathe.runtime.history.RunDifferences.Change;
import lathe.runtime.history.RunDifferences.Numbers;
import lathe.runtime.run.LatheRunner;
import lathe.runtime.run.RunOptions;
import lathe.runtime.run.RunResult;
import lathe.spi.LatheException;

/** Runs on the model that comes with Lathe, run again and compared. */
class RunHistoryTest {
    private static final Path ROOT = Path.of(System.getProperty("lathe.root", "../.."));
    private static final Path TINY = ROOT.resolve("experiments/models/lathe-tiny").toAbsolutePath().normalize();

    @TempDir
    Path folder;

    private final LatheRunner runner = LatheRunner.of(TestMethods.registry());

    @BeforeEach
    void experiment() throws IOException {
        String book = Files.readString(ROOT.resolve("experiments/data/pride-and-prejudice.txt"));
        Files.createDirectories(folder.resolve("parts"));
        Files.writeString(folder.resolve("parts/text.txt"), book.substring(20_000, 22_000));
        Files.writeString(folder.resolve("parts/common.conf"),
                "text = \"text.txt\", window = 64, model = \"" + TINY + "\"\n");
        Files.writeString(folder.resolve("x.conf"),
                """
                        include required("parts/common.conf")
                        name = x, seed = 3
                        graph {
                          dense { load = ${model} }
                          pruned { prune = magnitude, of = dense, sparsity = 0.5 }
                          quality { evaluate = [dense, pruned], on = ${text}, metrics = [perplexity, bytes], window = ${window}, windows = 2 }
                        }
                        """);
    }

    private Path runs() {
        return folder.resolve("runs");
    }

    private PastRun run(String... overrides) {
        RunResult result = runner.run(folder.resolve("x.conf"), RunOptions.in(runs()).with(Overrides.of(overrides)));
        assertThat(result.succeeded()).isTrue();
        return PastRun.read(result.folder());
    }

    private PastRun again(RerunSource.Source source) {
        return PastRun.read(runner.run(source.file(),
                RunOptions.in(runs()).withoutStore().with(source.overrides())).folder());
    }

    @Test
    void runsTheSameFileWithItsOverridesAndFindsTheSameBits() {
        PastRun first = run("graph.pruned.sparsity=0.7");
        RerunSource.Source source = new RerunSource(first).find(folder);
        assertThat(source.remark()).isEmpty();
        assertThat(source.overrides().assignments()).containsExactly("graph.pruned.sparsity=0.7");
        RunDifferences differences = RunDifferences.between(first, again(source));
        assertThat(differences.settings()).isEmpty();
        assertThat(differences.lineage()).isEmpty();
        assertThat(differences.numbers()).hasSize(4).allMatch(Numbers::isSame);
    }

    @Test
    void runsTheResolvedConfigurationWhereAFileHasChanged() throws IOException {
        PastRun first = run();
        Files.writeString(folder.resolve("parts/common.conf"),
                "text = \"text.txt\", window = 32, model = \"" + TINY + "\"\n");
        RerunSource.Source source = new RerunSource(first).find(folder.resolve("parts"));
        assertThat(source.remark()).contains("common.conf", "resolved configuration");
        assertThat(RunDifferences.between(first, again(source)).numbers()).hasSize(4).allMatch(Numbers::isSame);
    }

    @Test
    void saysThatAFileOfTheRunIsGone() throws IOException {
        PastRun first = run();
        Files.delete(folder.resolve("x.conf"));
        Files.delete(folder.resolve("parts/text.txt"));
        assertThatThrownBy(() -> new RerunSource(first).find(folder)).isInstanceOf(LatheException.class)
                .hasMessageContaining("text.txt").hasMessageContaining("not there any more");
    }

    @Test
    void tellsWhichSettingsAndNumbersDifferAndByHowMuch() {
        RunDifferences differences = RunDifferences.between(run(), run("graph.pruned.sparsity=0.9"));
        assertThat(differences.settings()).extracting(Change::path).containsExactly("graph.pruned.sparsity");
        assertThat(differences.settings().getFirst().after()).contains("0.9");
        assertThat(differences.numbers()).filteredOn(pair -> pair.row().subject().equals("dense"))
                .hasSize(2).allMatch(Numbers::isSame);
        assertThat(differences.numbers()).filteredOn(pair -> pair.row().subject().equals("pruned"))
                .filteredOn(pair -> pair.row().metric().equals("perplexity")).singleElement()
                .satisfies(pair -> assertThat(pair.change()).isGreaterThan(0.1));
        assertThat(differences.lineage()).extracting(Change::path).contains("overrides");
    }

    @Test
    void findsTheLastRunOfAnExperimentByItsName() {
        PastRun first = run();
        assertThat(PastRun.find("x", runs()).folder()).isEqualTo(first.folder());
        assertThat(PastRun.find(first.folder().toString(), runs()).folder()).isEqualTo(first.folder());
        assertThatThrownBy(() -> PastRun.find("quickstrat", runs())).isInstanceOf(LatheException.class)
                .hasMessageContaining("There is no run quickstrat");
    }
}
