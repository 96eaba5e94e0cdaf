package lathe.launcher.terminal;

import java.util.Locale;

import lathe.report.ConsoleStyle;

/**
 * What the process writes to, as the start script found it.
 *
 * @param output whether results go to a terminal
 * @param errors whether errors and progress go to a terminal
 * @param width  columns of the terminal
 */
public record Terminal(boolean output, boolean errors, int width) {
    /** Files and pipes only. */
    public static final Terminal NONE = new Terminal(false, false, 160);

    private static final int USUAL_WIDTH = 100;
    private static final int NARROWEST = 40;

    /**
     * Reads {@code lathe.terminal} (the file descriptors that are terminals, such as {@code 12}) and
     * {@code lathe.columns}.
     *
     * @return what the script said; no terminal if it said nothing
     */
    public static Terminal fromSystemProperties() {
        String descriptors = System.getProperty("lathe.terminal", "");
        return new Terminal(descriptors.contains("1"), descriptors.contains("2"), columns());
    }

    private static int columns() {
        String given = System.getProperty("lathe.columns", "");
        return given.matches("\\d{1,4}") && Integer.parseInt(given) >= NARROWEST
                ? Integer.parseInt(given)
                : USUAL_WIDTH;
    }

    /**
     * How wide a table may be.
     *
     * @return the terminal's width, without a limit for files and pipes
     */
    public int tableWidth() {
        return output ? width : Integer.MAX_VALUE;
    }

    /**
     * How results are printed.
     *
     * @return colours and symbols only for a terminal that shows them
     */
    public ConsoleStyle style() {
        boolean plain = !output || System.getenv("NO_COLOR") != null || "dumb".equals(System.getenv("TERM"));
        if (plain) {
            return ConsoleStyle.plain();
        }
        String locale = String.join(" ", env("LC_ALL"), env("LC_CTYPE"), env("LANG")).toLowerCase(Locale.ROOT);
        return new ConsoleStyle(true, locale.contains("utf"), width);
    }

    private static String env(String name) {
        String value = System.getenv(name);
        return value == null ? "" : value;
    }
}
