package lathe.launcher.command;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A table of left-aligned columns under a line of headings. */
final class TextTable {
    private static final String GAP = "  ";
    private static final int NARROWEST = 24;

    private final int[] widths;
    private final List<String[]> rows = new ArrayList<>();

    TextTable(String... headings) {
        widths = new int[headings.length];
        row(headings);
    }

    /** Adds a row; it must have a cell for every heading. */
    TextTable row(String... cells) {
        if (cells.length != widths.length) {
            throw new IllegalArgumentException("a row needs " + widths.length + " cells, not " + cells.length);
        }
        for (int i = 0; i < cells.length; i++) {
            widths[i] = Math.max(widths[i], cells[i].length());
        }
        rows.add(cells);
        return this;
    }

    /** Prints the table as wide as it is. */
    void print(PrintWriter out) {
        print(out, Integer.MAX_VALUE);
    }

    /** Prints the table; where it would be wider than the terminal, the texts of its last column are wrapped. */
    void print(PrintWriter out, int width) {
        int last = widths.length - 1;
        int indent = Arrays.stream(widths, 0, last).sum() + GAP.length() * last;
        int room = Math.max(NARROWEST, width - indent);
        for (int i = 0; i < rows.size(); i++) {
            String[] cells = rows.get(i);
            List<String> lines = wrapped(cells[last], room);
            out.println((start(cells) + lines.getFirst()).stripTrailing());
            lines.stream().skip(1).forEach(line -> out.println(" ".repeat(indent) + line));
            if (i == 0) {
                out.println(rule(room));
            }
        }
    }

    /** All cells but the last, padded. */
    private String start(String[] cells) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.length - 1; i++) {
            line.append(cells[i]).append(" ".repeat(widths[i] - cells[i].length())).append(GAP);
        }
        return line.toString();
    }

    private static List<String> wrapped(String text, int room) {
        List<String> lines = new ArrayList<>();
        String rest = text;
        while (rest.length() > room) {
            int cut = rest.lastIndexOf(' ', room);
            int end = cut > 0 ? cut : room;
            lines.add(rest.substring(0, end));
            rest = rest.substring(end).stripLeading();
        }
        lines.add(rest);
        return lines;
    }

    private String rule(int room) {
        List<String> dashes = new ArrayList<>();
        for (int i = 0; i < widths.length; i++) {
            dashes.add("-".repeat(i == widths.length - 1 ? Math.min(widths[i], room) : widths[i]));
        }
        return String.join(GAP, dashes);
    }
}
