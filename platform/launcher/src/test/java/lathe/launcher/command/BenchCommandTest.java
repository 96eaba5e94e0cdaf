package lathe.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

import lathe.launcher.terminal.Terminal;
import lathe.spi.LatheException;

class BenchCommandTest {
    @TempDir
    private Path root;

    private static BenchCommand parsed(String... arguments) {
        BenchCommand command = new BenchCommand();
        new CommandLine(command).parseArgs(arguments);
        return command;
    }

    private void build() throws IOException {
        Path target = Files.createDirectories(root.resolve("experiments/benchmarks/target"));
        Files.writeString(target.resolve("classpath"), "a.jar:b.jar\n");
    }

    @Test
    void handsItsOptionsToTheBenchmarks() throws IOException {
        build();
        assertThat(parsed("model", "--quick", "--only", "sgemm", "--json", "/tmp/x.json").command(root))
                .endsWith("lathe.benchmarks.KernelBenchmarks", "model", "--quick", "--only", "sgemm", "--json",
                        "/tmp/x.json")
                .anyMatch(word -> word.endsWith("classes:a.jar:b.jar"));
    }

    @Test
    void tracesErrorsOfTheBenchmarksWhereTheCommandLineAsksForIt() throws IOException {
        build();
        CommandLine lathe = LatheCommand.commandLineFor(work -> {}, Terminal.NONE, "bench");
        BenchCommand bench = lathe.getSubcommands().get("bench").getCommand();
        lathe.parseArgs("bench", "--quick");
        assertThat(bench.command(root)).doesNotContain("--debug");
        lathe.parseArgs("bench", "--debug", "--quick");
        assertThat(bench.command(root)).contains("--debug");
    }

    @Test
    void saysHowTheBenchmarksAreBuilt() {
        assertThatThrownBy(() -> parsed().command(root)).isInstanceOf(LatheException.class)
                .hasMessageContaining("not built")
                .hasMessageContaining("-pl experiments/benchmarks -am");
    }

    @Test
    void refusesAPatternThatIsNone() throws IOException {
        build();
        assertThatThrownBy(() -> parsed("--only", "(").command(root)).isInstanceOf(LatheException.class)
                .hasMessageContaining("--only (");
    }

    @Test
    void refusesAPartThatThereIsNot() throws IOException {
        build();
        assertThatThrownBy(() -> parsed("attention").command(root)).isInstanceOf(LatheException.class)
                .hasMessageContaining("called attention").hasMessageContaining("kernels and model");
    }
}
