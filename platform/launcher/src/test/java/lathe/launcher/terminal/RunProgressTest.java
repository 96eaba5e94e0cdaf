package lathe.launcher.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import lathe.report.NodeRow;
import lathe.report.NodeStatus;

class RunProgressTest {
    private final StringWriter text = new StringWriter();

    private RunProgress progress(Terminal terminal) {
        return new RunProgress(new PrintWriter(text, true), terminal);
    }

    private static NodeRow row(NodeStatus status, double seconds, String error) {
        return new NodeRow("pruned", "prune", "wanda", status, seconds, "", error, null, List.of(), Map.of(), Map.of());
    }

    @Test
    void writesOneLineANodeWhereThereIsNoTerminal() {
        RunProgress progress = progress(new Terminal(false, false, 80));

        progress.started("demo", 2, Path.of("runs"));
        progress.nodeStarted("pruned", "prune wanda");
        progress.nodeProgress("pruned", 1, 4, "block 1");
        progress.nodeFinished("pruned", row(NodeStatus.DONE, 1.25, null));
        progress.nodeFinished("packed", row(NodeStatus.CACHED, 0, null));
        progress.finish();

        assertThat(text.toString().lines())
                .containsExactly(
                        "demo: 2 nodes", "[1/2] pruned (prune wanda) done in 1.25 s",
                        "[2/2] packed (prune wanda) cached");
    }

    @Test
    void drawsABarWithElapsedAndRemainingTimeOnATerminal() {
        RunProgress progress = progress(new Terminal(true, true, 80));
        progress.started("demo", 1, Path.of("runs"));
        progress.nodeStarted("pruned", "prune wanda");

        progress.nodeProgress("pruned", 1, 4, "block 1");
        progress.refresh("pruned");

        assertThat(lastLines(text.toString())).singleElement().asString()
                .matches("pruned  25% \\[=+ +] 1/4 \\(0:00:\\d\\d / 0:00:\\d\\d\\) block 1").hasSizeLessThan(80);
        progress.finish();
        assertThat(lastLines(text.toString())).containsExactly("");
    }

    @Test
    void keepsABarForEveryNodeAtWorkBelowTheLinesOfThoseThatEnded() {
        RunProgress progress = progress(new Terminal(true, true, 80));
        progress.started("demo", 3, Path.of("runs"));
        for (String node : List.of("first", "second", "third")) {
            progress.nodeStarted(node, "prune wanda");
            progress.nodeProgress(node, 1, 2, "block 1");
            progress.refresh(node);
        }
        progress.nodeFinished("second", row(NodeStatus.DONE, 1.25, null));

        assertThat(screen(text.toString())).hasSize(4)
                .startsWith("demo: 3 nodes", "[1/3] second (prune wanda) done in 1.25 s")
                .satisfies(lines -> assertThat(lines.get(2)).startsWith("first  50% ["))
                .satisfies(lines -> assertThat(lines.get(3)).startsWith("third  50% ["));
        progress.finish();
        assertThat(screen(text.toString())).hasSize(3).last().isEqualTo("");
    }

    @Test
    void neverDrawsMoreThanTheTerminalIsWide() {
        RunProgress progress = progress(new Terminal(true, true, 40));
        progress.nodeStarted("a-node-with-a-name-that-is-longer-than-forty-columns", "prune wanda");
        progress.refresh("a-node-with-a-name-that-is-longer-than-forty-columns");

        assertThat(lastLines(text.toString())).singleElement().asString().startsWith("a-node-with").hasSizeLessThan(40);
        progress.finish();
    }

    private static List<String> lastLines(String written) {
        List<String> screen = screen(written);
        return screen.subList(screen.size() - 1, screen.size());
    }

    /** What a terminal shows that understands "erase this line" and "one line up". */
    private static List<String> screen(String written) {
        List<StringBuilder> lines = new ArrayList<>(List.of(new StringBuilder()));
        int at = 0;
        for (int i = 0; i < written.length(); i++) {
            if (written.startsWith("\r\u001b[K", i)) {
                lines.get(at).setLength(0);
                i += 3;
            } else if (written.startsWith("\u001b[1A", i)) {
                at--;
                i += 3;
            } else if (written.charAt(i) == '\n') {
                at++;
                if (at == lines.size()) {
                    lines.add(new StringBuilder());
                }
            } else {
                lines.get(at).append(written.charAt(i));
            }
        }
        return lines.stream().limit(at + 1).map(StringBuilder::toString).toList();
    }

    @Test
    void saysWhyANodeFailed() {
        RunProgress progress = progress(new Terminal(false, false, 80));
        progress.started("demo", 1, Path.of("runs"));
        progress.nodeFinished("pruned", row(NodeStatus.FAILED, 0.5, "The disk is full."));

        assertThat(text.toString()).contains("FAILED in 0.50 s", "  The disk is full.");
    }

    @Test
    void tellsTimesInUnitsThatFit() {
        assertThat(RunProgress.duration(0.4239)).isEqualTo("0.42 s");
        assertThat(RunProgress.duration(12.34)).isEqualTo("12.3 s");
        assertThat(RunProgress.duration(59.7)).isEqualTo("1 min 00 s");
        assertThat(RunProgress.duration(185)).isEqualTo("3 min 05 s");
        assertThat(RunProgress.duration(7800)).isEqualTo("2 h 10 min");
    }
}
