package lathe.runtime.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import lathe.runtime.recipe.ConditionParser.SyntaxException;

/**
 * The words, numbers, quoted texts and signs of a condition. Words may hold hyphens and dots, as names of nodes and methods do;
 * a name that starts with a digit is put in quotes.
 */
final class Tokens {
    private static final Pattern TOKEN = Pattern.compile("\\s*(?:(?<word>[A-Za-z_][A-Za-z0-9_.-]*)"
            + "|(?<number>[0-9]*\\.?[0-9]+(?:[eE][+-]?[0-9]+)?)"
            + "|\"(?<text>[^\"]*)\""
            + "|(?<sign><=|>=|[<>=+*/(),%-]))");

    private Tokens() {}

    /** What a token is. */
    enum Type {
        WORD, NUMBER, TEXT, SIGN, END
    }

    /**
     * A token.
     *
     * @param type     what it is
     * @param text     what it says; of a quoted text without the quotes
     * @param position where it starts, from 0
     * @param end      where it ends
     */
    record Token(Type type, String text, int position, int end) {
        boolean isSign(String sign) {
            return type == Type.SIGN && text.equals(sign);
        }

        boolean isWord(String word) {
            return type == Type.WORD && text.equals(word);
        }
    }

    /** The tokens of a text, an END last. */
    static List<Token> of(String text) throws SyntaxException {
        List<Token> tokens = new ArrayList<>();
        Matcher matcher = TOKEN.matcher(text);
        int at = 0;
        while (at < text.length() && !text.substring(at).isBlank()) {
            if (!matcher.region(at, text.length()).lookingAt()) {
                int bad = at + text.substring(at).length() - text.substring(at).stripLeading().length();
                throw new SyntaxException(bad, "The character '" + text.substring(bad, bad + 1)
                        + "' means nothing here.");
            }
            tokens.add(token(matcher));
            at = matcher.end();
        }
        tokens.add(new Token(Type.END, "", text.length(), text.length()));
        return tokens;
    }

    private static Token token(Matcher matcher) {
        for (Type type : List.of(Type.WORD, Type.NUMBER, Type.TEXT, Type.SIGN)) {
            String group = type.name().toLowerCase(java.util.Locale.ROOT);
            if (matcher.group(group) != null) {
                int quote = type == Type.TEXT ? 1 : 0;
                return new Token(type, matcher.group(group), matcher.start(group) - quote, matcher.end());
            }
        }
        throw new IllegalStateException("A token of no type at " + matcher.start() + ".");
    }
}
