package lathe.report;

/**
 * What a terminal can show.
 *
 * @param ansi    whether it understands colours and weights
 * @param unicode whether it shows more than ASCII
 * @param width   its width in columns; differences are left out of a table that would be wider
 */
public record ConsoleStyle(boolean ansi, boolean unicode, int width) {
    private static final int PLAIN_WIDTH = 160;

    /**
     * @return for files and pipes: ASCII, no colours
     */
    public static ConsoleStyle plain() {
        return new ConsoleStyle(false, false, PLAIN_WIDTH);
    }

    /**
     * @param width the terminal's width in columns
     * @return for a modern terminal
     */
    public static ConsoleStyle terminal(int width) {
        return new ConsoleStyle(true, true, width);
    }
}
