package lathe.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import lathe.launcher.ExitCode;
import lathe.launcher.Installation;
import lathe.launcher.Platforms;
import lathe.models.generation.Sampling;
import lathe.spi.LatheException;

/** What {@code lathe generate} takes, and what it says of what it cannot do. */
class GenerateCommandTest {
    private static final Path TINY = Path.of(System.getProperty("lathe.root", "../.."),
            "experiments/models/lathe-tiny");
    private static final int CONTEXT = 1024;

    @TempDir
    private Path home;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void requireTheModel() {
        assumeThat(TINY).as("experiments/models/lathe-tiny is there").isDirectory();
    }

    private int generate(String... more) throws IOException {
        Path plugins = Files.createDirectories(home.resolve("plugins"));
        String[] arguments = new String[more.length + 2];
        arguments[0] = "generate";
        arguments[1] = TINY.toString();
        System.arraycopy(more, 0, arguments, 2, more.length);
        return LatheCommand.execute(Platforms.startedFor(new Installation(home, plugins)), new PrintWriter(out, true),
                new PrintWriter(err, true), arguments);
    }

    private void assertRefused(String part, String... more) throws IOException {
        assertThat(generate(more)).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(err.toString()).contains(part).doesNotContain("bug");
    }

    @Test
    void continuesTheTextOfAFile() throws IOException {
        Path file = Files.writeString(home.resolve("once.txt"), "It was\na cold\n");
        assertThat(generate("--prompt-file", file.toString(), "--tokens", "5")).isEqualTo(ExitCode.DONE);
        String fromFile = out.toString();
        out.getBuffer().setLength(0);
        assertThat(generate("--prompt", "It was\na cold", "--tokens", "5")).isEqualTo(ExitCode.DONE);
        assertThat(fromFile).isEqualTo(out.toString()).startsWith("It was\na cold");
    }

    @Test
    void readsAPromptFromStandardInput() {
        PromptSource piped = PromptSource.of(Path.of("-"));
        assertThat(piped.read(bytes("Caf\u00e9\n\n"))).isEqualTo("Caf\u00e9\n");
        assertThat(piped.read(bytes("one\r\n"))).isEqualTo("one");
        assertThat(piped.read(bytes(""))).isEmpty();
        assertThatThrownBy(() -> piped.read(new ByteArrayInputStream(new byte[] {'a', (byte) 0xFF})))
                .isInstanceOf(LatheException.class).hasMessage("Standard input is no text in UTF-8.");
    }

    private static InputStream bytes(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void wantsOnePromptThatIsThere() throws IOException {
        assertRefused("There is no file", "--prompt-file", home.resolve("none.txt").toString());
        assertRefused("cannot be read", "--prompt-file", home.toString());
        assertRefused("not both", "--prompt", "a", "--prompt-file", "b");
    }

    @Test
    void drawsAsItIsTold() throws IOException {
        assertThat(GenerateArguments.plain("generate", "m", "--temperature", "0.5", "--top-k", "9", "--min-p", "0.1",
                "--repetition-penalty", "1.2", "--seed", "7").orElseThrow().sampling())
                .isEqualTo(Sampling.of(0.5, 7).withTopK(9).withMinP(0.1).withRepetitionPenalty(1.2));
        // Greedily the model comes back to the same words; not so if those that were there are made much less likely.
        generate("--prompt", "It was", "--tokens", "24");
        String repeating = out.toString();
        out.getBuffer().setLength(0);
        generate("--prompt", "It was", "--tokens", "24", "--repetition-penalty", "1.5");
        assertThat(out.toString()).startsWith("It was").isNotEqualTo(repeating);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "--tokens; -1; --tokens is -1; it must be 0 or more",
        "--min-p; 2; The min-p is 2.0",
        "--repetition-penalty; 0; The repetition penalty is 0.0",
        "--temperature; -1; The temperature is -1.0"
    })
    void saysWhichOptionIsWrong(String option, String value, String sentence) throws IOException {
        assertRefused(sentence, option, value);
    }

    @Test
    void saysThatATextIsLongerThanTheModelWasMadeFor() throws IOException {
        String prompt = "a ".repeat(CONTEXT - 24);
        assertThat(generate("--prompt", prompt, "--tokens", "2")).isEqualTo(ExitCode.DONE);
        assertThat(err.toString()).doesNotContain("longer than");
        assertThat(generate("--prompt", prompt, "--tokens", "30", "--stop", "a")).isEqualTo(ExitCode.DONE);
        assertThat(err.toString()).contains("with 30 new ones is longer than the 1024 positions", "lathe-tiny");
    }

    @Test
    void refusesAPromptLongerThanTheContext() throws IOException {
        assertRefused("is 1024 tokens, and the prompt has", "--prompt", "a ".repeat(CONTEXT), "--tokens", "1");
        assertThat(out.toString()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '"', value = {
        "--cache; nosuch; --cache 'nosuch': There is no kv method 'nosuch'",
        "--attention; nosuch, window = 3; --attention 'nosuch, window = 3': There is no attention method 'nosuch'",
        "--cache; h2o, }{; --cache 'h2o, }{': This is not HOCON"
    })
    void namesTheOptionAndNoFileWhereAMethodIsWrong(String option, String value, String sentence) throws IOException {
        assertRefused(sentence, option, value);
        assertThat(err.toString()).doesNotContain("command-line.conf");
    }

    @Test
    void tellsErrorsOfAnExperimentOfTheOptionsThatItStandsFor() {
        CommandLineExperiment experiment = new CommandLineExperiment(home);
        experiment.use("cache", "h2o, budget = -4");
        experiment.use("router", "x\n");
        LatheException told = experiment.explained(new LatheException("""
                /tmp/a b/command-line.conf:4: graph.served.cache.budget: -4 is out of range.
                /tmp/a b/command-line.conf:5: graph.served.router.use: There is none.
                /tmp/a b/command-line.conf:3: graph.served: They do not fit.
                /tmp/a b/command-line.conf:2: graph.model: Nothing there."""));
        assertThat(told).hasMessage("""
                --cache 'h2o, budget = -4': budget: -4 is out of range.
                --router 'x': There is none.
                --cache 'h2o, budget = -4', --router 'x': They do not fit.
                MODEL: graph.model: Nothing there.""");
        LatheException other = new LatheException("Something else.");
        assertThat(experiment.explained(other)).isSameAs(other);
    }
}
