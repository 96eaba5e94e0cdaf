package lathe.runtime.recipe;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

import lathe.runtime.recipe.Condition.Comparison;
import lathe.runtime.recipe.Condition.Relation;
import lathe.runtime.recipe.Condition.Side;
import lathe.runtime.recipe.Condition.Tolerance;
import lathe.runtime.recipe.Tokens.Token;
import lathe.runtime.recipe.Tokens.Type;

/**
 * Reads what a claim says of the results, by recursive descent:
 *
 * <pre>
 * condition  = comparison { "and" comparison }
 * comparison = sum relation sum { relation sum } [ "within" number [ "%" ] ]
 * relation   = "&lt;" | "&lt;=" | "&gt;" | "&gt;=" | "="
 * sum        = product { ( "+" | "-" ) product }
 * product    = factor { ( "*" | "/" ) factor }
 * factor     = number [ "%" ] | "-" factor | "(" sum ")" | function "(" sum { "," sum } ")" | reading
 * reading    = metric "(" node { "," selector } ")"
 * selector   = ( "in" | "protocol" | sweep key ) "=" value
 * </pre>
 */
final class ConditionParser {
    private static final int DEEPEST = 100;

    private final String text;
    private final List<Token> tokens;
    private int next;
    private int depth;

    private ConditionParser(String text) throws SyntaxException {
        this.text = text;
        this.tokens = Tokens.of(text);
    }

    /** A condition that cannot be read; the message is a sentence, the position counts characters from 0. */
    static final class SyntaxException extends Exception {
        private static final long serialVersionUID = 1L;
        private final int position;

        SyntaxException(int position, String sentence) {
            super(sentence);
            this.position = position;
        }

        int position() {
            return position;
        }
    }

    static Condition parse(String text) throws SyntaxException {
        return new ConditionParser(requireNonNull(text, "text is null")).condition();
    }

    private Condition condition() throws SyntaxException {
        List<Comparison> comparisons = new ArrayList<>(List.of(comparison()));
        while (took(token -> token.isWord("and"))) {
            comparisons.add(comparison());
        }
        if (peek().type() != Type.END) {
            throw wrong("a comparison such as < 0.5, 'and', or the end");
        }
        return new Condition(comparisons);
    }

    private Comparison comparison() throws SyntaxException {
        List<Side> sides = new ArrayList<>(List.of(side()));
        List<Relation> relations = new ArrayList<>();
        while (relation().isPresent()) {
            relations.add(relation().get());
            next++;
            sides.add(side());
        }
        if (relations.isEmpty()) {
            throw wrong("one of < <= > >= =, since a claim compares numbers");
        }
        Optional<Tolerance> tolerance = took(token -> token.isWord("within"))
                ? Optional.of(tolerance())
                : Optional.empty();
        return new Comparison(sides, relations, tolerance);
    }

    private Optional<Relation> relation() {
        for (Relation relation : Relation.values()) {
            if (peek().isSign(relation.sign())) {
                return Optional.of(relation);
            }
        }
        return Optional.empty();
    }

    private Tolerance tolerance() throws SyntaxException {
        double amount = number();
        return took(token -> token.isSign("%")) ? new Tolerance(amount / 100, true) : new Tolerance(amount, false);
    }

    private Side side() throws SyntaxException {
        int from = peek().position();
        Formula formula = sum();
        return new Side(formula, text.substring(from, tokens.get(next - 1).end()));
    }

    private Formula sum() throws SyntaxException {
        Formula left = product();
        while (peek().isSign("+") || peek().isSign("-")) {
            char operator = take().text().charAt(0);
            left = new Formula.Operation(operator, left, product());
        }
        return left;
    }

    private Formula product() throws SyntaxException {
        Formula left = factor();
        while (peek().isSign("*") || peek().isSign("/")) {
            char operator = take().text().charAt(0);
            left = new Formula.Operation(operator, left, factor());
        }
        return left;
    }

    private Formula factor() throws SyntaxException {
        if (++depth > DEEPEST) {
            throw new SyntaxException(peek().position(), "This is nested too deep to be read.");
        }
        try {
            if (took(token -> token.isSign("-"))) {
                return new Formula.Negative(factor());
            } else if (took(token -> token.isSign("("))) {
                Formula inner = sum();
                expect(")");
                return inner;
            } else if (peek().type() == Type.NUMBER) {
                double number = number();
                return new Formula.Constant(took(token -> token.isSign("%")) ? number / 100 : number);
            } else if (peek().type() == Type.WORD) {
                return call(take());
            }
            throw wrong("a number, or a result such as perplexity(dense)");
        } finally {
            depth--;
        }
    }

    private Formula call(Token name) throws SyntaxException {
        if (!peek().isSign("(")) {
            throw new SyntaxException(name.position(), "'" + name.text()
                    + "' stands alone: a result is written metric(node), such as perplexity(dense).");
        }
        expect("(");
        for (Formula.Function function : Formula.Function.values()) {
            if (name.isWord(function.name().toLowerCase(Locale.ROOT))) {
                return function(name, function);
            }
        }
        return new Formula.Result(reading(name));
    }

    private Formula function(Token name, Formula.Function function) throws SyntaxException {
        List<Formula> arguments = new ArrayList<>(List.of(sum()));
        while (took(token -> token.isSign(","))) {
            arguments.add(sum());
        }
        expect(")");
        if (function.isOfOne() && arguments.size() > 1) {
            throw new SyntaxException(name.position(), name.text() + " takes one number, not " + arguments.size()
                    + ".");
        }
        return new Formula.Call(function, arguments);
    }

    private Reading reading(Token metric) throws SyntaxException {
        String subject = value("the name of a node");
        Optional<String> node = Optional.empty();
        Optional<String> protocol = Optional.empty();
        Map<String, String> point = new LinkedHashMap<>();
        while (took(token -> token.isSign(","))) {
            if (peek().type() != Type.WORD) {
                throw wrong("in = NODE, protocol = \"...\", or a sweep key with its value");
            }
            String key = take().text();
            expect("=");
            String value = value("the value of " + key);
            switch (key) {
                case "in" -> node = Optional.of(value);
                case "protocol" -> protocol = Optional.of(value);
                default -> point.put(key, value);
            }
        }
        expect(")");
        return new Reading(metric.text(), subject, node, protocol, point, metric.position());
    }

    private String value(String wanted) throws SyntaxException {
        return switch (peek().type()) {
            case WORD, NUMBER, TEXT -> take().text();
            default -> throw wrong(wanted);
        };
    }

    private double number() throws SyntaxException {
        if (peek().type() != Type.NUMBER) {
            throw wrong("a number");
        }
        Token token = take();
        try {
            return Double.parseDouble(token.text());
        } catch (NumberFormatException bad) {
            throw new SyntaxException(token.position(), "'" + token.text() + "' is no number.");
        }
    }

    private Token peek() {
        return tokens.get(next);
    }

    private Token take() {
        return tokens.get(next++);
    }

    private boolean took(Predicate<Token> wanted) {
        boolean there = wanted.test(peek());
        next += there ? 1 : 0;
        return there;
    }

    private void expect(String sign) throws SyntaxException {
        if (!took(token -> token.isSign(sign))) {
            throw wrong("'" + sign + "'");
        }
    }

    private SyntaxException wrong(String wanted) {
        Token found = peek();
        return new SyntaxException(found.position(), "Here should stand " + wanted + ", not "
                + (found.type() == Type.END ? "the end" : "'" + found.text() + "'") + ".");
    }
}
