package lathe.console;

import static java.util.Objects.requireNonNull;

import java.io.PrintWriter;

/** Sentences in the width of a terminal, broken between words; a list of commands with their sentences beside them. */
final class HelpLines {
    private static final int COMMANDS = 28;
    private static final int NARROWEST = 24;

    private final PrintWriter out;
    private final int columns;

    /** @param columns of the terminal */
    HelpLines(PrintWriter out, int columns) {
        this.out = requireNonNull(out, "out is null");
        this.columns = columns;
    }

    /** A command and what it does. */
    void command(String usage, String summary) {
        String name = "  " + usage;
        boolean narrow = columns < COMMANDS + NARROWEST;
        if (narrow || name.length() >= COMMANDS) {
            out.println(name);
            wrapped("", narrow ? 4 : COMMANDS + 1, summary);
        } else {
            wrapped(name, COMMANDS + 1, summary);
        }
    }

    /** Sentences. */
    void text(String sentences) {
        wrapped("", 0, sentences);
    }

    /** The text from a column on, after what stands at the line's beginning. */
    private void wrapped(String beginning, int indent, String text) {
        StringBuilder line = new StringBuilder(beginning);
        boolean empty = true;
        for (String word : text.split(" ")) {
            if (!empty && (long) line.length() + 1 + word.length() > columns) {
                out.println(line);
                line.setLength(0);
                empty = true;
            }
            if (empty) {
                line.append(" ".repeat(Math.max(0, indent - line.length())));
            } else {
                line.append(' ');
            }
            line.append(word);
            empty = false;
        }
        out.println(line);
    }
}
