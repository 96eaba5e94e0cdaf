package lathe.serve.template;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import lathe.serve.template.Token.Kind;

/**
 * Cuts a template into tokens. White space is treated as transformers asks Jinja to: the newline after a block goes, and so
 * does the indentation before one ({@code trim_blocks}, {@code lstrip_blocks}); {@code -} takes all white space away,
 * {@code +} keeps it.
 */
final class Lexer {
    private static final List<String> OPERATORS = List.of("**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%",
            "~", "<", ">", "=", ".", ",", ":", "|", "(", ")", "[", "]", "{", "}");

    private static final Pattern NUMBER = Pattern.compile("[0-9][0-9_]*(\\.[0-9]+)?([eE][-+]?[0-9]+)?");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private int at;
    private int line = 1;

    private Lexer(String source) {
        this.source = source;
    }

    static List<Token> tokens(String source) {
        String lines = source.replace("\r\n", "\n").replace('\r', '\n');
        Lexer lexer = new Lexer(lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines);
        lexer.run();
        return lexer.tokens;
    }

    private void run() {
        while (at < source.length()) {
            String opening = source.substring(at, Math.min(at + 2, source.length()));
            switch (opening) {
                case "{{" -> inside(Kind.PRINT_BEGIN, Kind.PRINT_END, "}}");
                case "{%" -> block();
                case "{#" -> comment();
                default -> {
                    text.append(source.charAt(at));
                    move(1);
                }
            }
        }
        flush();
        add(Kind.END, "");
    }

    private void comment() {
        leave(true);
        int end = source.indexOf("#}", at + 2);
        if (end < 0) {
            throw TemplateException.at(line, "a comment does not end");
        }
        boolean strips = source.charAt(end - 1) == '-';
        boolean keeps = source.charAt(end - 1) == '+';
        move(end + 2 - at);
        enter(strips, !keeps);
    }

    private void block() {
        int name = at + 2;
        while (name < source.length() && " \t\n-+".indexOf(source.charAt(name)) >= 0) {
            name++;
        }
        if (source.startsWith("raw", name) && source.indexOf("%}", name) >= 0
                && source.substring(name + 3, source.indexOf("%}", name)).replaceAll("[-+]", "").isBlank()) {
            raw();
        } else {
            inside(Kind.BLOCK_BEGIN, Kind.BLOCK_END, "%}");
        }
    }

    private void raw() {
        leave(true);
        int begin = source.indexOf("%}", at) + 2;
        boolean strips = source.charAt(begin - 3) == '-';
        move(begin - at);
        enter(strips, true);
        int end = at;
        while (!source.substring(end).matches("(?s)\\{%[-+]?\\s*endraw\\s*[-+]?%\\}.*")) {
            end = source.indexOf("{%", end + 1);
            if (end < 0) {
                throw TemplateException.at(line, "a raw block does not end");
            }
        }
        text.append(source, at, end);
        move(end - at);
        leave(true);
        int close = source.indexOf("%}", at) + 2;
        boolean stripsAfter = source.charAt(close - 3) == '-';
        move(close - at);
        enter(stripsAfter, true);
    }

    private void inside(Kind begin, Kind end, String closing) {
        leave(begin == Kind.BLOCK_BEGIN);
        flush();
        add(begin, "");
        move(2);
        if (at < source.length() && (source.charAt(at) == '-' || source.charAt(at) == '+')) {
            move(1);
        }
        int depth = 0;
        while (true) {
            skipSpace();
            if (at >= source.length()) {
                throw TemplateException.at(line, "'" + closing + "' is missing");
            }
            int sign = source.charAt(at) == '-' || source.charAt(at) == '+' ? 1 : 0;
            if (depth == 0 && source.startsWith(closing, at + sign)) {
                boolean strips = sign == 1 && source.charAt(at) == '-';
                boolean keeps = sign == 1 && !strips;
                add(end, "");
                move(sign + 2);
                enter(strips, begin == Kind.BLOCK_BEGIN && !keeps);
                return;
            }
            Token token = token();
            depth += "([{".contains(token.text()) && token.kind() == Kind.OPERATOR ? 1 : 0;
            depth -= ")]}".contains(token.text()) && token.kind() == Kind.OPERATOR ? 1 : 0;
            tokens.add(token);
        }
    }

    /** White space before an opening: all of it goes by its sign, the indentation of a block by rule. */
    private void leave(boolean block) {
        char sign = at + 2 < source.length() ? source.charAt(at + 2) : ' ';
        if (sign == '-') {
            text.setLength(text.toString().stripTrailing().length());
        } else if (block && sign != '+') {
            int start = text.length();
            while (start > 0 && (text.charAt(start - 1) == ' ' || text.charAt(start - 1) == '\t')) {
                start--;
            }
            boolean atLineStart = start > 0 ? text.charAt(start - 1) == '\n' : startsLine(at - (text.length() - start));
            if (atLineStart) {
                text.setLength(start);
            }
        }
    }

    private boolean startsLine(int position) {
        return position == 0 || source.charAt(position - 1) == '\n';
    }

    /** White space after a closing: all of it goes by its sign, the first newline after a block by rule. */
    private void enter(boolean strips, boolean trims) {
        if (strips) {
            skipSpace();
        } else if (trims && at < source.length() && source.charAt(at) == '\n') {
            move(1);
        }
    }

    private Token token() {
        char first = source.charAt(at);
        if (first == '"' || first == '\'') {
            return string(first);
        }
        int start = at;
        int from = line;
        if (Character.isLetter(first) || first == '_') {
            while (at < source.length() && (Character.isLetterOrDigit(source.charAt(at)) || source.charAt(at) == '_')) {
                move(1);
            }
            return new Token(Kind.NAME, source.substring(start, at), from);
        }
        if (first >= '0' && first <= '9') {
            return number();
        }
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, at)) {
                move(operator.length());
                return new Token(Kind.OPERATOR, operator, from);
            }
        }
        throw TemplateException.at(line, "'" + first + "' has no meaning here");
    }

    private Token number() {
        Matcher number = NUMBER.matcher(source).region(at, source.length());
        number.lookingAt();
        boolean whole = number.group(1) == null && number.group(2) == null;
        Token token = new Token(whole ? Kind.INTEGER : Kind.FLOAT, number.group().replace("_", ""), line);
        move(number.group().length());
        return token;
    }

    private Token string(char quote) {
        int from = line;
        StringBuilder contents = new StringBuilder();
        move(1);
        while (at < source.length() && source.charAt(at) != quote) {
            if (source.charAt(at) == '\\' && at + 1 < source.length()) {
                move(1);
                escape(contents);
            } else {
                contents.append(source.charAt(at));
                move(1);
            }
        }
        if (at >= source.length()) {
            throw TemplateException.at(from, "a text does not end");
        }
        move(1);
        return new Token(Kind.STRING, contents.toString(), from);
    }

    private void escape(StringBuilder contents) {
        char kind = source.charAt(at);
        int digits = switch (kind) {
            case 'x' -> 2;
            case 'u' -> 4;
            case 'U' -> 8;
            default -> 0;
        };
        move(1);
        if (digits > 0) {
            try {
                contents.appendCodePoint(Integer.parseInt(source.substring(at, at + digits), 16));
                move(digits);
            } catch (IllegalArgumentException | IndexOutOfBoundsException wrong) {
                throw TemplateException.at(line, "\\" + kind + " is not followed by a character's number");
            }
            return;
        }
        switch (kind) {
            case 'n' -> contents.append('\n');
            case 't' -> contents.append('\t');
            case 'r' -> contents.append('\r');
            case '0' -> contents.append('\0');
            case '\\', '\'', '"' -> contents.append(kind);
            case '\n' -> contents.append("");
            default -> contents.append('\\').append(kind);
        }
    }

    private void skipSpace() {
        while (at < source.length() && Character.isWhitespace(source.charAt(at))) {
            move(1);
        }
    }

    private void flush() {
        if (!text.isEmpty()) {
            add(Kind.TEXT, text.toString());
            text.setLength(0);
        }
    }

    private void add(Kind kind, String contents) {
        tokens.add(new Token(kind, contents, line));
    }

    private void move(int characters) {
        for (int i = 0; i < characters && at < source.length(); i++) {
            line += source.charAt(at) == '\n' ? 1 : 0;
            at++;
        }
    }
}
