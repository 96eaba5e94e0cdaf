package lathe.launcher.command;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** A table of left-aligned columns under a line of headings. */
final class TextTable {
    private static final String GAP = "  ";

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

    void print(PrintWriter out) {
        for (int i = 0; i < rows.size(); i++) {
            out.println(line(rows.get(i)));
            if (i == 0) {
                out.println(rule());
            }
        }
    }

    private String line(String[] cells) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.length; i++) {
            line.append(cells[i]).append(" ".repeat(widths[i] - cells[i].length())).append(GAP);
        }
        return line.toString().stripTrailing();
    }

    private String rule() {
        List<String> dashes = new ArrayList<>();
        for (int width : widths) {
            dashes.add("-".repeat(width));
        }
        return String.join(GAP, dashes);
    }
}
