package lathe.launcher.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import lathe.report.NodeRow;
import lathe.report.NodeStatus;

class RunProgressTest {
    private final StringWriter text = new StringWriter();
    private long now;

    private RunProgress progress(Terminal terminal) {
        return new RunProgress(new PrintWriter(text, true), terminal, () -> now);
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
    void drawsABarWithTheRemainingTimeOnATerminal() {
        RunProgress progress = progress(new Terminal(true, true, 80));
        progress.started("demo", 1, Path.of("runs"));
        progress.nodeStarted("pruned", "prune wanda");

        now = 3_000_000_000L;
        progress.nodeProgress("pruned", 1, 4, "block 1");

        assertThat(text.toString()).endsWith("pruned [=====               ]  25%, 9.00 s left, block 1");
        progress.finish();
        assertThat(text.toString()).endsWith("\r\u001b[K");
    }

    @Test
    void neverDrawsMoreThanTheTerminalIsWide() {
        RunProgress progress = progress(new Terminal(true, true, 40));
        progress.nodeStarted("a-node-with-a-name-that-is-longer-than-forty-columns", "prune wanda");

        String bar = text.toString().substring("\r\u001b[K".length());

        assertThat(bar).hasSize(39);
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
