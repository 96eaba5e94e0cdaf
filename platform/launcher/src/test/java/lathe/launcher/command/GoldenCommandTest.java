package lathe.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.launcher.BundleBuilder;
import lathe.launcher.ExitCode;
import lathe.launcher.Installation;
import lathe.launcher.Platforms;

class GoldenCommandTest {
    @TempDir
    private Path home;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) throws IOException {
        Path plugins = Files.createDirectories(home.resolve("plugins"));
        BundleBuilder.pruner("com.acme.nobody", "1.0.0", "nobodyknows").write(plugins.resolve("a.jar"));
        Platforms platforms = Platforms.startedFor(new Installation(home, plugins));
        return LatheCommand.execute(platforms, new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }

    @Test
    void saysThatThereAreNoCasesOfAMethod() throws IOException {
        assertThat(run("golden", "nobodyknows")).isEqualTo(ExitCode.DONE);

        assertThat(out.toString())
                .containsPattern("nobodyknows +pruner +- +skipped +no cases in ")
                .contains("0 equal, 0 differ, 1 skipped");
    }

    @Test
    void failsForACaseThatCannotBeRead() throws IOException {
        Path cases = Files.createDirectories(home.resolve("cases/pruners/nobodyknows"));
        Files.writeString(cases.resolve("broken.json"), "{ this is no case");

        assertThat(run("golden", "nobodyknows", "--cases", home.resolve("cases").toString()))
                .isEqualTo(ExitCode.FAILED);

        assertThat(out.toString()).containsPattern("nobodyknows +pruner +broken +differs").contains("1 differ");
    }

    @Test
    void refusesAnUnknownMethodAndAFolderThatIsNotThere() throws IOException {
        assertThat(run("golden", "wnada")).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(run("golden", "--cases", home.resolve("absent").toString())).isEqualTo(ExitCode.WRONG_INPUT);

        assertThat(err.toString()).contains("no method 'wnada'", "does not exist");
    }

    @Test
    void findsAHostileFileThatIsAccepted() throws IOException {
        Path hostile = Files.createDirectories(home.resolve("cases/hostile/valid"));
        Files.writeString(hostile.resolve("torn.safetensors"), "torn");

        assertThat(run("golden", "hostile", "--cases", home.resolve("cases").toString())).isEqualTo(ExitCode.FAILED);

        assertThat(out.toString()).containsPattern("hostile +valid +torn\\.safetensors +differs");
    }

    @Test
    void takesTheFolderOfASuiteItself() throws IOException {
        for (String suite : new String[] {"ops", "checkpoints", "models-real", "models", "tokenizers"}) {
            Path one = Files.createDirectories(home.resolve("one"));
            Files.writeString(one.resolve("broken.json"), "{ this is no case");
            for (String file : new String[] {"expected.json", "cases.json", "expected.safetensors"}) {
                Files.writeString(one.resolve(file), "{ this is no case");
            }
            String property = System.setProperty("lathe.shared", home.resolve("nothing").toString());
            try {
                run("golden", suite, "--cases", one.toString());
            } finally {
                restore(property);
            }
            assertThat(out.toString()).as(suite).containsPattern(suite + " +\\S+ +\\S+ +(differs|skipped)");
        }
    }

    private static void restore(String property) {
        if (property == null) {
            System.clearProperty("lathe.shared");
        } else {
            System.setProperty("lathe.shared", property);
        }
    }
}
