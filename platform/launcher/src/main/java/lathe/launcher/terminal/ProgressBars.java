package lathe.launcher.terminal;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import me.tongfei.progressbar.DefaultProgressBarRenderer;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarStyle;
import me.tongfei.progressbar.ProgressState;

/**
 * The last lines of a terminal: one bar for every node at work, with the time it took and the time that is left. The
 * library draws the bars, at most a few times a second and from a thread of its own; this places them under the text.
 */
final class ProgressBars {
    private static final int MILLIS_BETWEEN = 200;
    private static final int MOST_LINES = 8;
    private static final int UNKNOWN = -1;
    private static final String ERASE = "\r\u001b[K";
    private static final String UP_AND_ERASE = "\u001b[1A" + ERASE;
    private static final ProgressBarStyle STYLE = ProgressBarStyle.builder().refreshPrompt("").leftBracket("[")
            .rightBracket("]").block('=').space(' ').build();

    private final PrintWriter out;
    private final int width;
    private final Map<String, ProgressBar> bars = new LinkedHashMap<>();
    private final Map<String, String> lines = new LinkedHashMap<>();
    private int shown;

    /** @param width columns that a bar may take */
    ProgressBars(PrintWriter out, int width) {
        this.out = out;
        this.width = width;
    }

    void add(String node) {
        // What the library hands to its consumer may be older than the line shown: the renderer itself places it.
        ProgressBar bar = ProgressBar.builder().setTaskName(node).setInitialMax(UNKNOWN)
                .setUpdateIntervalMillis(MILLIS_BETWEEN).continuousUpdate().setRenderer(new PlacedLine(node))
                .setConsumer(new DelegatingProgressBarConsumer(text -> {}, width)).build();
        synchronized (this) {
            bars.put(node, bar);
        }
    }

    synchronized void step(String node, long done, long total, String what) {
        ProgressBar bar = bars.get(node);
        if (bar != null) {
            bar.maxHint(total > 0 ? total : UNKNOWN);
            bar.stepTo(done);
            bar.setExtraMessage(what);
        }
    }

    /** Draws a node's bar at once. */
    void refresh(String node) {
        ProgressBar bar;
        synchronized (this) {
            bar = bars.get(node);
        }
        if (bar != null) {
            bar.refresh();
        }
    }

    void remove(String node) {
        ProgressBar bar;
        synchronized (this) {
            erase();
            bar = bars.remove(node);
            lines.remove(node);
            redraw();
        }
        // Outside of the lock: the library draws once more while it closes, and then is not listened to.
        if (bar != null) {
            bar.close();
        }
    }

    /** Prints a line above the bars. */
    synchronized void print(String text) {
        erase();
        out.println(text);
        redraw();
    }

    void close() {
        List<String> left;
        synchronized (this) {
            left = new ArrayList<>(bars.keySet());
        }
        left.forEach(this::remove);
    }

    private void draw(String node, String text) {
        String line = text.stripTrailing();
        if (bars.containsKey(node) && !line.equals(lines.put(node, line))) {
            erase();
            redraw();
        }
    }

    private void redraw() {
        List<String> newest = lines.values().stream().limit(MOST_LINES).toList();
        out.print(String.join("\n", newest));
        out.flush();
        shown = newest.size();
    }

    private void erase() {
        if (shown > 0) {
            out.print(ERASE + UP_AND_ERASE.repeat(shown - 1));
            shown = 0;
        }
    }

    private static Optional<Duration> remaining(ProgressState progress) {
        long done = progress.getCurrent();
        long left = progress.getMax() - done;
        return done <= 0 || left < 0
                ? Optional.empty()
                : Optional.of(progress.getElapsedAfterStart().dividedBy(done).multipliedBy(left));
    }

    /** Reads a bar's numbers and draws them as one step: no line mixes two states, and none replaces a newer one. */
    private final class PlacedLine extends DefaultProgressBarRenderer {
        private final String node;

        PlacedLine(String node) {
            super(STYLE, "", 1, false, null, ChronoUnit.SECONDS, true, ProgressBars::remaining);
            this.node = node;
        }

        @Override
        public String render(ProgressState progress, int columns) {
            synchronized (ProgressBars.this) {
                String line = super.render(progress, columns);
                draw(node, line);
                return line;
            }
        }
    }
}
