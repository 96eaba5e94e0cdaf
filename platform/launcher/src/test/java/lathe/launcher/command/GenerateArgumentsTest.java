package lathe.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The short way must read what the command line library reads, or leave it to the library. */
class GenerateArgumentsTest {
    private static GenerateArguments byTheLibrary(String... words) {
        GenerateCommand command = new GenerateCommand(work -> {
            throw new AssertionError("Nothing is run here.");
        });
        new CommandLine(command).parseArgs(Arrays.copyOfRange(words, 1, words.length));
        return command.arguments();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "generate lathe-tiny",
        "generate lathe-tiny --prompt Once --tokens 7",
        "generate --tokens 7 --prompt Once ./folder/model",
        "generate m --temperature 0.7 --top-k 5 --top-p 0.9 --seed 12345678901 --stop a --stop b",
        "generate m --prompt a=b",
        "generate m --temperature 0.7 --min-p 0.05 --repetition-penalty 1.1 --seed 3",
        "generate m --prompt-file texts/once.txt --tokens 3",
        "generate m --prompt-file - --tokens 3"
    })
    void readsPlainWordsAsTheLibraryDoes(String line) {
        String[] words = line.split(" ");
        assertThat(GenerateArguments.plain(words)).contains(byTheLibrary(words));
    }

    @Test
    void readsATextOfSeveralWords() {
        String[] words = {"generate", "m", "--prompt", "It was a cold", "--stop", ""};
        assertThat(GenerateArguments.plain(words)).contains(byTheLibrary(words));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "generate",
        "generate --help",
        "generate m --cache h2o",
        "generate m --node n",
        "generate m --tokens many",
        "generate m --tokens",
        "generate m --prompt 'quoted'",
        "generate m --prompt=Once",
        "generate m --temperature -1",
        "generate m other",
        "generate --prompt m",
        "generate m --seed 1 --seed2",
        "generate m --seed 1 --seed 2",
        "generate m --debug",
        "generate m --min-p 2",
        "generate m --repetition-penalty 0",
        "generate m --prompt a --prompt-file b",
        "generate m --prompt -",
        "generate m --tokens -1"
    })
    void leavesEverythingElseToTheLibrary(String line) {
        assertThat(GenerateArguments.plain(line.split(" "))).isEmpty();
    }
}
