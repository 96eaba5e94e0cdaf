package lathe.launcher.terminal;

import static java.util.Objects.requireNonNull;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

import lathe.report.NodeRow;
import lathe.runtime.run.ProgressListener;

/**
 * Shows how far a run is. On a terminal the last lines are bars of the nodes at work with their remaining time; everywhere
 * there is one line when a node ends.
 */
public final class RunProgress implements ProgressListener {
    private final PrintWriter out;
    private final Optional<ProgressBars> bars;
    private final Map<String, String> working = new HashMap<>();
    private int nodes;
    private int ended;

    /**
     * @param out      where it is shown
     * @param terminal whether that is a terminal, and its width
     */
    public RunProgress(PrintWriter out, Terminal terminal) {
        this.out = requireNonNull(out, "out is null");
        this.bars = terminal.errors() ? Optional.of(new ProgressBars(out, terminal.width() - 1)) : Optional.empty();
    }

    @Override
    public void started(String name, int count, Path folder) {
        nodes = count;
        line(name + ": " + count + (count == 1 ? " node" : " nodes"));
    }

    @Override
    public void nodeStarted(String node, String what) {
        working.put(node, what);
        bars.ifPresent(shown -> shown.add(node));
    }

    @Override
    public void nodeProgress(String node, long done, long total, String unit) {
        bars.ifPresent(shown -> shown.step(node, done, total, unit));
    }

    @Override
    public void note(String node, String sentence) {
        line("  " + node + ": " + sentence);
    }

    @Override
    public void nodeFinished(String node, NodeRow row) {
        bars.ifPresent(shown -> shown.remove(node));
        String begun = working.remove(node);
        ended++;
        String what = begun == null ? (row.verb() + " " + row.method()).strip() : begun;
        String how = row.status().succeeded() ? row.status().word() : row.status().word().toUpperCase(Locale.ROOT);
        String time = row.seconds() > 0 ? " in " + duration(row.seconds()) : "";
        line(String.format(Locale.ROOT, "[%d/%d] %s (%s) %s%s", ended, nodes, node, what, how, time));
        row.failure().ifPresent(reason -> line("  " + reason));
    }

    /** Draws a node's bar now, without waiting for the library's next turn. */
    void refresh(String node) {
        bars.ifPresent(shown -> shown.refresh(node));
    }

    /** Takes the bars away, so that what follows begins on a line of its own. */
    public void finish() {
        working.clear();
        bars.ifPresent(ProgressBars::close);
        out.flush();
    }

    private void line(String text) {
        bars.ifPresentOrElse(shown -> shown.print(text), () -> {
            out.println(text);
            out.flush();
        });
    }

    /** A time for people: 0.42 s, 12.3 s, 3 min 05 s, 2 h 10 min. */
    static String duration(double seconds) {
        long whole = Math.round(seconds);
        if (whole < 60) {
            return String.format(Locale.ROOT, seconds < 10 ? "%.2f s" : "%.1f s", seconds);
        }
        return whole < 3600
                ? String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60)
                : String.format(Locale.ROOT, "%d h %02d min", whole / 3600, whole % 3600 / 60);
    }
}
