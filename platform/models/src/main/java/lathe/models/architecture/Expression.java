package lathe.models.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A formula of a description, such as {@code config.head_dim ?: hidden / heads}. Operators, from the weakest:
 * {@code c ? a : b}, {@code ||}, {@code &&}, comparisons and {@code in}, {@code ?:} (the right side where the left is
 * absent or null), {@code + -}, {@code * / %}, {@code ! -}, {@code a.b a[i] f(x)}.
 */
sealed interface Expression {
    /** A number, text, truth value or null. */
    record Literal(Object value) implements Expression {}

    /** A dimension or a variable of the description. */
    record Variable(String name) implements Expression {}

    /** An entry of a map; {@code config.hidden_size} is the entry hidden_size of the variable config. */
    record Member(Expression of, String key) implements Expression {}

    /** An element of a list. */
    record Element(Expression of, Expression index) implements Expression {}

    /** A function of numbers: sqrt, ln, pow, floor, or {@code given(x)}. */
    record Call(String function, List<Expression> arguments) implements Expression {}

    /** An operator with one operand, {@code !} or {@code -}. */
    record Unary(String operator, Expression operand) implements Expression {}

    /** An operator with two operands. */
    record Binary(String operator, Expression left, Expression right) implements Expression {}

    /** {@code condition ? yes : no}. */
    record Choice(Expression condition, Expression yes, Expression no) implements Expression {}

    /**
     * Parses a formula.
     *
     * @param text the formula
     * @return its tree
     * @throws IllegalArgumentException if it is malformed: a description is part of the program
     */
    static Expression parse(String text) {
        return Parser.PARSED.computeIfAbsent(text, source -> new Parser(source).whole());
    }

    /** Recursive descent, one method for each strength of operators. */
    final class Parser {
        private static final Map<String, Expression> PARSED = new ConcurrentHashMap<>();
        private static final List<String> SYMBOLS = List.of("||", "&&", "==", "!=", "<=", ">=", "?:", "<", ">", "?",
                ":",
                "+", "-", "*", "/", "%", "!", "(", ")", "[", "]", ".", ",");

        private final String source;
        private final List<String> tokens = new ArrayList<>();
        private int next;

        private Parser(String source) {
            this.source = source;
            tokenize();
        }

        private Expression whole() {
            Expression result = choice();
            if (next < tokens.size()) {
                throw malformed();
            }
            return result;
        }

        private Expression choice() {
            Expression condition = or();
            if (!take("?")) {
                return condition;
            }
            Expression yes = choice();
            expect(":");
            return new Choice(condition, yes, choice());
        }

        private Expression or() {
            Expression left = and();
            while (take("||")) {
                left = new Binary("||", left, and());
            }
            return left;
        }

        private Expression and() {
            Expression left = comparison();
            while (take("&&")) {
                left = new Binary("&&", left, comparison());
            }
            return left;
        }

        private Expression comparison() {
            Expression left = elvis();
            for (String operator : List.of("==", "!=", "<=", ">=", "<", ">", "in")) {
                if (take(operator)) {
                    return new Binary(operator, left, elvis());
                }
            }
            return left;
        }

        private Expression elvis() {
            Expression left = sum();
            return take("?:") ? new Binary("?:", left, elvis()) : left;
        }

        private Expression sum() {
            Expression left = product();
            while (true) {
                if (take("+")) {
                    left = new Binary("+", left, product());
                } else if (take("-")) {
                    left = new Binary("-", left, product());
                } else {
                    return left;
                }
            }
        }

        private Expression product() {
            Expression left = unary();
            while (true) {
                String operator = peek();
                if (!List.of("*", "/", "%").contains(operator)) {
                    return left;
                }
                next++;
                left = new Binary(operator, left, unary());
            }
        }

        private Expression unary() {
            if (take("!")) {
                return new Unary("!", unary());
            }
            return take("-") ? new Unary("-", unary()) : postfix();
        }

        private Expression postfix() {
            Expression result = primary();
            while (true) {
                if (take(".")) {
                    result = new Member(result, tokens.get(next++));
                } else if (take("[")) {
                    result = new Element(result, choice());
                    expect("]");
                } else {
                    return result;
                }
            }
        }

        private Expression primary() {
            String token = peek();
            next++;
            char first = token.isEmpty() ? 0 : token.charAt(0);
            if (token.equals("(")) {
                Expression inner = choice();
                expect(")");
                return inner;
            }
            if (first == '\'') {
                return new Literal(token.substring(1));
            }
            if (Character.isDigit(first)) {
                return new Literal(token.chars().allMatch(Character::isDigit)
                        ? (Object) Long.valueOf(token)
                        : Double.valueOf(token));
            }
            if (!Character.isLetter(first)) {
                throw malformed();
            }
            return switch (token) {
                case "true", "false" -> new Literal(Boolean.valueOf(token));
                case "none" -> new Literal(null);
                default -> take("(") ? call(token) : new Variable(token);
            };
        }

        private Expression call(String function) {
            List<Expression> arguments = new ArrayList<>();
            do {
                arguments.add(choice());
            } while (take(","));
            expect(")");
            return new Call(function, List.copyOf(arguments));
        }

        private void tokenize() {
            int at = 0;
            while (at < source.length()) {
                char c = source.charAt(at);
                int end = at + 1;
                if (Character.isWhitespace(c)) {
                    at = end;
                    continue;
                }
                if (c == '\'') {
                    end = source.indexOf('\'', at + 1);
                    if (end < 0) {
                        throw malformed();
                    }
                    tokens.add(source.substring(at, end++));
                } else if (Character.isLetterOrDigit(c) || c == '_') {
                    boolean number = Character.isDigit(c);
                    while (end < source.length() && isPart(number, end)) {
                        end++;
                    }
                    tokens.add(source.substring(at, end));
                } else {
                    String rest = source.substring(at);
                    String symbol = SYMBOLS.stream().filter(rest::startsWith).findFirst().orElseThrow(this::malformed);
                    end = at + symbol.length();
                    tokens.add(symbol);
                }
                at = end;
            }
        }

        private boolean isPart(boolean number, int at) {
            char c = source.charAt(at);
            boolean exponentSign = c == '-' && source.charAt(at - 1) == 'e';
            return Character.isLetterOrDigit(c) || c == '_' || number && (c == '.' || exponentSign);
        }

        private String peek() {
            return next < tokens.size() ? tokens.get(next) : "";
        }

        private boolean take(String token) {
            boolean there = peek().equals(token);
            next += there ? 1 : 0;
            return there;
        }

        private void expect(String token) {
            if (!take(token)) {
                throw malformed();
            }
        }

        private IllegalArgumentException malformed() {
            return new IllegalArgumentException("The formula \"" + source + "\" of a description is malformed.");
        }
    }
}
