package lathe.launcher.terminal;

import static java.util.Objects.requireNonNull;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;

import lathe.report.NodeRow;
import lathe.runtime.run.ProgressListener;

/**
 * Shows how far a run is. On a terminal the last line is a bar of the node at work with its remaining time; elsewhere there
 * is one line when a node ends.
 */
public final class RunProgress implements ProgressListener {
    private static final long NANOS_BETWEEN_BARS = 100_000_000L;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final int BAR = 20;
    private static final String ERASE_LINE = "\r\u001b[K";

    private final PrintWriter out;
    private final Terminal terminal;
    private final LongSupplier clock;
    private final Map<String, Work> working = new LinkedHashMap<>();
    private int nodes;
    private int ended;
    private long lastBar;
    private boolean barShown;

    private static final class Work {
        final String what;
        final long since;
        long done;
        long total;
        String unit = "";

        Work(String what, long since) {
            this.what = what;
            this.since = since;
        }
    }

    /**
     * @param out      where it is shown
     * @param terminal whether that is a terminal, and its width
     */
    public RunProgress(PrintWriter out, Terminal terminal) {
        this(out, terminal, System::nanoTime);
    }

    RunProgress(PrintWriter out, Terminal terminal, LongSupplier clock) {
        this.out = requireNonNull(out, "out is null");
        this.terminal = requireNonNull(terminal, "terminal is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    @Override
    public void started(String name, int count, Path folder) {
        nodes = count;
        line(name + ": " + count + (count == 1 ? " node" : " nodes"));
    }

    @Override
    public void nodeStarted(String node, String what) {
        working.put(node, new Work(what, clock.getAsLong()));
        showBar(true);
    }

    @Override
    public void nodeProgress(String node, long done, long total, String unit) {
        Work work = working.get(node);
        if (work != null) {
            work.done = done;
            work.total = total;
            work.unit = unit;
            showBar(false);
        }
    }

    @Override
    public void note(String node, String sentence) {
        line("  " + node + ": " + sentence);
        showBar(true);
    }

    @Override
    public void nodeFinished(String node, NodeRow row) {
        Work work = working.remove(node);
        ended++;
        String what = work == null ? (row.verb() + " " + row.method()).strip() : work.what;
        String how = row.status().succeeded() ? row.status().word() : row.status().word().toUpperCase(Locale.ROOT);
        String time = row.seconds() > 0 ? " in " + duration(row.seconds()) : "";
        line(String.format(Locale.ROOT, "[%d/%d] %s (%s) %s%s", ended, nodes, node, what, how, time));
        row.failure().ifPresent(reason -> line("  " + reason));
        showBar(true);
    }

    /** Takes the bar away, so that what follows begins on a line of its own. */
    public void finish() {
        working.clear();
        erase();
        out.flush();
    }

    private void line(String text) {
        erase();
        out.println(text);
        out.flush();
    }

    private void erase() {
        if (barShown) {
            out.print(ERASE_LINE);
            barShown = false;
        }
    }

    private void showBar(boolean now) {
        long time = clock.getAsLong();
        if (!terminal.errors() || working.isEmpty() || !now && time - lastBar < NANOS_BETWEEN_BARS) {
            return;
        }
        lastBar = time;
        Map.Entry<String, Work> first = working.entrySet().iterator().next();
        String text = bar(first.getKey(), first.getValue(), time);
        out.print(ERASE_LINE + text.substring(0, Math.min(text.length(), terminal.width() - 1)));
        out.flush();
        barShown = true;
    }

    private static String bar(String node, Work work, long now) {
        double seconds = (now - work.since) / NANOS_PER_SECOND;
        if (work.total <= 0) {
            String count = work.done > 0 ? " " + work.done + " " + work.unit : "";
            return node + " (" + work.what + ")" + count + ", " + duration(seconds);
        }
        double share = Math.clamp((double) work.done / work.total, 0, 1);
        int filled = (int) (share * BAR);
        String left = share > 0 ? ", " + duration(seconds / share * (1 - share)) + " left" : "";
        return node + " [" + "=".repeat(filled) + " ".repeat(BAR - filled) + "] "
                + String.format(Locale.ROOT, "%3d%%", (int) (share * 100)) + left
                + (work.unit.isEmpty() ? "" : ", " + work.unit);
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
