package lathe.models.check;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import lathe.models.evaluation.Perplexity;

/**
 * A perplexity as the expected results name it, such as {@code sherlock first 40 windows of 512, no bos}.
 *
 * @param text     which text, without its extension
 * @param settings how it is cut
 */
record TextProtocol(String text, Perplexity.Settings settings) {
    private static final Pattern WINDOWS = Pattern.compile(
            "(\\S+) (?:first (\\d+)|all) windows of (\\d+)(, no bos| with bos)");
    private static final Pattern STRIDED = Pattern.compile(
            "(\\S+)(?: first (\\d+) tokens)?, strided: length (\\d+) stride (\\d+), no bos");

    /** The protocol of a name; nothing for names of another form. */
    static Optional<TextProtocol> named(String name, OptionalInt begin) {
        Matcher windows = WINDOWS.matcher(name);
        if (windows.matches()) {
            boolean withBegin = windows.group(4).equals(" with bos");
            Optional<Integer> bos = withBegin && begin.isPresent() ? Optional.of(begin.getAsInt()) : Optional.empty();
            return withBegin && bos.isEmpty() ? Optional.empty()
                    : Optional.of(new TextProtocol(windows.group(1), new Perplexity.Settings(
                            Integer.parseInt(windows.group(3)), number(windows.group(2)),
                            Perplexity.Protocol.WINDOWED, Optional.empty(), 1, bos, 0)));
        }
        Matcher strided = STRIDED.matcher(name);
        return strided.matches()
                ? Optional.of(new TextProtocol(strided.group(1), new Perplexity.Settings(
                        Integer.parseInt(strided.group(3)), 0, Perplexity.Protocol.STRIDED,
                        Optional.of(Integer.parseInt(strided.group(4))), 1, Optional.empty(),
                        number(strided.group(2)))))
                : Optional.empty();
    }

    private static int number(String text) {
        return text == null ? 0 : Integer.parseInt(text);
    }

    /** The tokens that are used of a text. */
    int[] of(int[] tokens) {
        return settings.tokens() == 0 ? tokens : Arrays.copyOf(tokens, Math.min(tokens.length, settings.tokens()));
    }
}
