package lathe.runtime.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.report.NodeRow;
import lathe.runtime.graph.TestMethods;

/** Texts of too few tokens. */
class ShortTextTest {
    private static final Path TINY = Path.of(System.getProperty("lathe.root", "../.."))
            .resolve("experiments/models/lathe-tiny").toAbsolutePath().normalize();

    @TempDir
    Path folder;

    @Test
    void namesATextThatIsTooShortToJudgeAModelBy() throws IOException {
        Files.writeString(folder.resolve("empty.txt"), "");
        Files.writeString(folder.resolve("one.txt"), "a");
        Path file = Files.writeString(folder.resolve("x.conf"), """
                name = x
                graph {
                  dense { load = "%s" }
                  nothing { evaluate = dense, on = "empty.txt", window = 32 }
                  little { evaluate = dense, on = "one.txt", window = 32 }
                }
                """.formatted(TINY));
        RunResult result = LatheRunner.of(TestMethods.registry()).run(file, RunOptions.in(folder.resolve("runs")));
        Map<String, NodeRow> nodes = result.report().nodes().stream()
                .collect(Collectors.toMap(NodeRow::name, Function.identity()));
        assertThat(nodes.get("nothing").error()).contains("empty.txt has no tokens, too few to judge");
        assertThat(nodes.get("little").error()).contains("one.txt has 1 token, too few to judge");
    }
}
