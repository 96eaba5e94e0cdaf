package lathe.launcher.terminal;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarStyle;

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
        ProgressBar bar = ProgressBar.builder().setTaskName(node).setInitialMax(UNKNOWN).setStyle(STYLE)
                .setUpdateIntervalMillis(MILLIS_BETWEEN).continuousUpdate()
                .setConsumer(new DelegatingProgressBarConsumer(text -> draw(node, text), width)).build();
        synchronized (this) {
            bars.put(node, bar);
        }
    }

    void step(String node, long done, long total, String what) {
        ProgressBar bar = bar(node);
        if (bar != null) {
            bar.maxHint(total > 0 ? total : UNKNOWN);
            bar.stepTo(done);
            bar.setExtraMessage(what);
        }
    }

    /** Draws a node's bar at once. */
    void refresh(String node) {
        ProgressBar bar = bar(node);
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

    private synchronized ProgressBar bar(String node) {
        return bars.get(node);
    }

    private synchronized void draw(String node, String text) {
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
}
