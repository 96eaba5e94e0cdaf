package lathe.models.checkpoint;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/**
 * Text out of files made fit for an error message: control characters, line breaks and characters that turn the
 * direction of writing are shown as escapes, and what is long is cut.
 */
public final class Visible {
    private static final int LONGEST_NAME = 120;
    private static final int MOST_NAMES = 5;

    private Visible() {}

    /**
     * A name in quotes.
     *
     * @param text any text
     * @return the text in single quotes, escaped, cut after 120 characters
     */
    public static String name(String text) {
        requireNonNull(text, "text is null");
        int kept = Math.min(text.length(), LONGEST_NAME);
        String tail = kept < text.length() ? "' (" + text.length() + " characters)" : "'";
        return "'" + escape(text.substring(0, kept)) + (kept < text.length() ? "..." : "") + tail;
    }

    /**
     * A path, escaped but never cut.
     *
     * @param path any path
     * @return the path as it was given, with its control characters visible
     */
    public static String path(Path path) {
        return escape(path.toString());
    }

    /**
     * The first few names of a list and how many there are besides.
     *
     * @param names at least one name
     * @return for example {@code 'a', 'b', 'c', 'd', 'e' and 12 more}
     */
    public static String names(Collection<String> names) {
        List<String> shown = names.stream().limit(MOST_NAMES).map(Visible::name).toList();
        int more = names.size() - shown.size();
        return String.join(", ", shown) + (more > 0 ? " and " + more + " more" : "");
    }

    /**
     * The text with everything escaped that would move a terminal's cursor or hide text.
     *
     * @param text any text
     * @return the text with escapes in place of control and format characters and unpaired surrogates
     */
    public static String escape(String text) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(character -> append(out, character));
        return out.toString();
    }

    private static void append(StringBuilder out, int character) {
        switch (character) {
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default -> {
                int kind = Character.getType(character);
                boolean hidden = kind == Character.CONTROL || kind == Character.FORMAT || kind == Character.SURROGATE
                        || kind == Character.LINE_SEPARATOR || kind == Character.PARAGRAPH_SEPARATOR;
                if (hidden) {
                    out.append(String.format("\\u%04x", character));
                } else {
                    out.appendCodePoint(character);
                }
            }
        }
    }
}
