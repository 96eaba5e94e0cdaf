package lathe.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.Arrays;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

import lathe.launcher.Platforms;
import lathe.launcher.terminal.Terminal;

class CommandExamplesTest {
    private static final Platforms NEVER = work -> {
        throw new AssertionError("An example is only read here.");
    };

    private static CommandLine commandLine() {
        return LatheCommand.commandLine(NEVER, Terminal.NONE);
    }

    static Iterable<String> commands() {
        return commandLine().getSubcommands().keySet();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandShowsAnExampleThatItUnderstands(String name) {
        String example = CommandExamples.of(name);
        assertThat(example).startsWith(name);
        String[] words = Arrays.stream(example.split(" (?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)"))
                .map(word -> word.replace("\"", "")).toArray(String[]::new);
        assertThatCode(() -> commandLine().parseArgs(words)).doesNotThrowAnyException();
        assertThat(commandLine().getSubcommands().get(name).getUsageMessage()).contains("Example:", example);
    }
}
