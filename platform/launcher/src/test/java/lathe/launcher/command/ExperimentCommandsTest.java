package lathe.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.launcher.BundleBuilder;
import lathe.launcher.ExitCode;
import lathe.launcher.Installation;
import lathe.launcher.Platforms;

/** Wrong input to {@code run} and {@code check}, as a user meets it: one sentence a problem, exit code 2, nothing written. */
class ExperimentCommandsTest {
    @TempDir
    private Path home;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void install() throws IOException {
        Path plugins = Files.createDirectory(home.resolve("plugins"));
        BundleBuilder.pruner("lathe-good", "1.2.0", "good").write(plugins.resolve("good.jar"));
    }

    private int lathe(String verb, String experiment, String... more) throws IOException {
        Path file = Files.writeString(home.resolve("experiment.conf"), experiment);
        String[] arguments = new String[more.length + 4];
        arguments[0] = verb;
        arguments[1] = file.toString();
        arguments[2] = "--runs";
        arguments[3] = home.resolve("runs").toString();
        System.arraycopy(more, 0, arguments, 4, more.length);
        Platforms platforms = Platforms.startedFor(new Installation(home, home.resolve("plugins")));
        return LatheCommand.execute(platforms, new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }

    @Test
    void reportsEveryProblemOfAFileInOnePassAndWritesNothing() throws IOException {
        int code = lathe("run", """
                name = wrong
                graph {
                  dense  { load = absent-folder }
                  pruned { prune = godo, of = dense }
                  other  { prune = good, of = dense, ratoi = 0.2 }
                }
                """);

        assertThat(code).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(err.toString())
                .contains("experiment.conf:3: ", "absent-folder")
                .contains("experiment.conf:4: ", "'godo'", "good")
                .contains("experiment.conf:5: ", "ratoi", "ratio")
                .doesNotContain("\tat ");
        assertThat(home.resolve("runs")).doesNotExist();
    }

    @Test
    void checksWithoutRunningAndFindsTheSame() throws IOException {
        int code = lathe("check", "name = wrong, graph { pruned { prune = good, of = nobody, ratio = 1.5 } }");

        assertThat(code).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(err.toString()).contains("graph.pruned.ratio", "1.5", "[0, 1)");
        assertThat(home.resolve("runs")).doesNotExist();
    }

    @Test
    void putsValuesOfTheCommandLineOverThoseOfTheFile() throws IOException {
        String experiment = "name = one, graph { pruned { prune = good, of = nobody, ratio = 0.5 } }";

        lathe("check", experiment, "-D", "graph.pruned.ratio=7");

        assertThat(err.toString()).contains("graph.pruned.ratio", "[0, 1)", "-D graph.pruned.ratio=7");
    }

    @Test
    void saysThatAFileIsNotThere() {
        Platforms platforms = Platforms.startedFor(new Installation(home, home.resolve("plugins")));

        int code = LatheCommand.execute(platforms, new PrintWriter(out, true), new PrintWriter(err, true), "run",
                "absent.conf");

        assertThat(code).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(err.toString()).contains("absent.conf");
    }
}
