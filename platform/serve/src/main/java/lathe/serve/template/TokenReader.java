package lathe.serve.template;

import java.util.List;

import lathe.serve.template.Token.Kind;

/** Goes through tokens. */
final class TokenReader {
    private static final int DEEPEST = 100;

    private final List<Token> tokens;
    private int at;
    private int depth;

    TokenReader(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(at);
    }

    Token next() {
        Token token = tokens.get(at);
        at += token.kind() == Kind.END ? 0 : 1;
        return token;
    }

    boolean isOperator(String text) {
        return peek().is(Kind.OPERATOR, text);
    }

    boolean isName(String text) {
        return peek().is(Kind.NAME, text);
    }

    boolean followedBy(Kind kind, String text) {
        return at + 1 < tokens.size() && tokens.get(at + 1).is(kind, text);
    }

    boolean skipOperator(String text) {
        boolean found = isOperator(text);
        at += found ? 1 : 0;
        return found;
    }

    boolean skipName(String text) {
        boolean found = isName(text);
        at += found ? 1 : 0;
        return found;
    }

    void expectOperator(String text) {
        if (!skipOperator(text)) {
            throw wrong("'" + text + "' is missing before " + shown());
        }
    }

    void expectName(String text) {
        if (!skipName(text)) {
            throw wrong("'" + text + "' is missing before " + shown());
        }
    }

    void expect(Kind kind) {
        if (next().kind() != kind) {
            at--;
            throw wrong(shown() + " is too much here");
        }
    }

    String name() {
        if (peek().kind() != Kind.NAME) {
            throw wrong("a name is missing before " + shown());
        }
        return next().text();
    }

    /** Guards against templates whose only purpose is to be deep. */
    void enter() {
        if (++depth > DEEPEST) {
            throw wrong("it nests more than " + DEEPEST + " deep");
        }
    }

    void leave() {
        depth--;
    }

    String shown() {
        return peek().kind() == Kind.END || peek().text().isEmpty() ? "the end" : "'" + peek().text() + "'";
    }

    TemplateException wrong(String what) {
        return TemplateException.at(peek().line(), what);
    }
}
