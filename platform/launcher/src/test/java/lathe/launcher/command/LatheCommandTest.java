package lathe.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;

import lathe.launcher.BundleBuilder;
import lathe.launcher.ExitCode;
import lathe.launcher.Installation;
import lathe.launcher.Platforms;
import lathe.launcher.terminal.Terminal;
import lathe.spi.LatheException;

class LatheCommandTest {
    @TempDir
    private Path home;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private Platforms platforms() {
        return Platforms.startedFor(new Installation(home, home.resolve("plugins")));
    }

    private int run(String... arguments) {
        return LatheCommand.execute(platforms(), new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }

    @Test
    void listsMethodsWithTheirBundlesAndBrokenBundlesWithTheReason() throws IOException {
        Path plugins = Files.createDirectory(home.resolve("plugins"));
        BundleBuilder.pruner("lathe-good", "1.2.0", "good").write(plugins.resolve("good.jar"));
        Files.writeString(plugins.resolve("nojar.jar"), "this is no jar");

        assertThat(run("methods")).isEqualTo(ExitCode.DONE);

        assertThat(out.toString())
                .containsPattern("good +pruner +lathe-good +1\\.2\\.0 +active +Prunes 1\\.2\\.0 by lathe-good\\.")
                .containsPattern("nojar\\.jar +broken +The file is no jar");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void tellsWhichBundleIsUsedWhenTwoOfferTheSameMethod() throws IOException {
        Path plugins = Files.createDirectory(home.resolve("plugins"));
        BundleBuilder.pruner("lathe-good", "1.2.0", "good").write(plugins.resolve("a.jar"));
        BundleBuilder.pruner("com.acme.good", "1.3.0", "good").write(plugins.resolve("b.jar"));

        run("methods");

        assertThat(out.toString())
                .contains("Conflict: good also comes with lathe-good@1.2.0; com.acme.good@1.3.0 is used. ");
    }

    @Test
    void saysSoWhenNothingIsInstalled() {
        assertThat(run("methods")).isEqualTo(ExitCode.DONE);

        assertThat(out.toString()).contains("No methods are installed in " + home.resolve("plugins"));
    }

    @Test
    void describesAMethodWithTypeDefaultAndRangeOfItsParameters() throws IOException {
        Path plugins = Files.createDirectory(home.resolve("plugins"));
        BundleBuilder.pruner("lathe-good", "1.2.0", "good").write(plugins.resolve("good.jar"));

        assertThat(run("describe", "good")).isEqualTo(ExitCode.DONE);

        assertThat(out.toString())
                .contains("good (pruner), from lathe-good 1.2.0")
                .containsPattern("ratio +number +0\\.5 +\\[0, 1\\)")
                .contains("pruned { prune = good, of = dense, ratio = 0.5 }");
    }

    @Test
    void describesTheMethodOfTheBundleThatIsAskedFor() throws IOException {
        Path plugins = Files.createDirectory(home.resolve("plugins"));
        BundleBuilder.pruner("lathe-good", "1.2.0", "good").write(plugins.resolve("a.jar"));
        BundleBuilder.pruner("com.acme.good", "1.3.0", "good").write(plugins.resolve("b.jar"));

        assertThat(run("describe", "good", "--bundle", "lathe-good")).isEqualTo(ExitCode.DONE);
        assertThat(out.toString()).contains("from lathe-good 1.2.0");
        assertThat(run("describe", "good", "--bundle", "nobody")).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(err.toString()).contains("com.acme.good@1.3.0, lathe-good@1.2.0");
    }

    @Test
    void namesTheNearestMethodsWhenOneIsUnknown() throws IOException {
        Path plugins = Files.createDirectory(home.resolve("plugins"));
        BundleBuilder.pruner("lathe-good", "1.2.0", "good").write(plugins.resolve("good.jar"));

        assertThat(run("describe", "godo")).isEqualTo(ExitCode.WRONG_INPUT);

        assertThat(err.toString()).contains("no method 'godo'", "Did you mean good?");
    }

    @Test
    void answersALineOfTheConsole() throws IOException {
        Path plugins = Files.createDirectory(home.resolve("plugins"));
        BundleBuilder.pruner("lathe-good", "1.2.0", "good").write(plugins.resolve("good.jar"));
        PrintStream before = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            assertThat(run("console", "-c", "lathe:methods", "-c", "describe nobody", "-c", "jobs"))
                    .isEqualTo(ExitCode.WRONG_INPUT);
        } finally {
            System.setOut(before);
        }

        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .contains("lathe-good", "no method 'nobody'")
                .doesNotContain("background");
    }

    @Test
    void answersAnUnknownCommandWithTheNearestAndTheCodeForWrongInput() {
        assertThat(run("metods")).isEqualTo(ExitCode.WRONG_INPUT);

        assertThat(err.toString()).contains("metods", "methods", "lathe --help");
    }

    @Test
    void asksForACommandWhenThereIsNone() {
        assertThat(run()).isEqualTo(ExitCode.WRONG_INPUT);

        assertThat(err.toString()).contains("a command is missing");
    }

    @Test
    void explainsEveryCommand() {
        CommandLine commandLine = LatheCommand.commandLine(platforms(), Terminal.NONE);
        for (String command : commandLine.getSubcommands().keySet()) {
            assertThat(run(command, "--help")).as(command).isEqualTo(ExitCode.DONE);
            assertThat(commandLine.getSubcommands().get(command).getCommandSpec().usageMessage().description())
                    .as(command)
                    .isNotEmpty();
        }
    }

    @Test
    void tellsAUsersErrorAsItsSentenceWithoutAStackTrace() {
        int code = failing(new LatheException("The file x.conf is missing."));

        assertThat(code).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(err.toString().strip()).isEqualTo("The file x.conf is missing.");
    }

    @Test
    void addsTheStackTraceWhenDebuggingIsAskedFor() {
        failing(new LatheException("The file x.conf is missing."), "--debug");

        assertThat(err.toString()).contains("The file x.conf is missing.", "\tat lathe.launcher.command");
    }

    @Test
    void callsEverythingElseABug() {
        int code = failing(new IllegalStateException("impossible"));

        assertThat(code).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("Lathe has a bug", "impossible", "--debug").doesNotContain("\tat ");
    }

    private int failing(RuntimeException failure, String... options) {
        CommandLine commandLine = LatheCommand.commandLine(platforms(), Terminal.NONE);
        commandLine.addSubcommand(new FailingCommand(failure));
        commandLine.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        String[] arguments = new String[options.length + 1];
        arguments[0] = "fail";
        System.arraycopy(options, 0, arguments, 1, options.length);
        return commandLine.execute(arguments);
    }

    @Command(name = "fail")
    private static final class FailingCommand implements Runnable {
        private final RuntimeException failure;

        FailingCommand(RuntimeException failure) {
            this.failure = failure;
        }

        @Override
        public void run() {
            throw failure;
        }
    }
}
