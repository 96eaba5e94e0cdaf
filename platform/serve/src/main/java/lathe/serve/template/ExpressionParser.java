package lathe.serve.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import lathe.serve.template.Expression.Arguments;
import lathe.serve.template.Token.Kind;

/** Reads expressions, in Jinja's order of operators. */
final class ExpressionParser {
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", ">", "<=", ">=");
    private static final Set<String> NO_ARGUMENT = Set.of("else", "or", "and", "is", "if", "not", "in");

    private final TokenReader in;

    ExpressionParser(TokenReader in) {
        this.in = in;
    }

    /** An expression, or several with commas between them, which are a list. */
    Expression list() {
        Expression first = expression();
        if (!in.isOperator(",")) {
            return first;
        }
        List<Expression> items = new ArrayList<>(List.of(first));
        while (in.skipOperator(",") && in.peek().kind() != Kind.BLOCK_END && in.peek().kind() != Kind.PRINT_END) {
            items.add(expression());
        }
        return new Expression.Items(items);
    }

    Expression expression() {
        in.enter();
        Expression value = or();
        while (in.skipName("if")) {
            Expression condition = or();
            Optional<Expression> no = in.skipName("else") ? Optional.of(expression()) : Optional.empty();
            value = new Expression.Conditional(condition, value, no);
        }
        in.leave();
        return value;
    }

    /** Without {@code if}, which may follow and belong to what stands around. */
    Expression or() {
        Expression left = and();
        while (in.skipName("or")) {
            left = new Expression.Binary("or", left, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (in.skipName("and")) {
            left = new Expression.Binary("and", left, not());
        }
        return left;
    }

    private Expression not() {
        if (in.isName("not")) {
            in.next();
            in.enter();
            Expression of = not();
            in.leave();
            return new Expression.Unary("not", of);
        }
        return comparison();
    }

    private Expression comparison() {
        Expression first = sum();
        List<String> operators = new ArrayList<>();
        List<Expression> others = new ArrayList<>();
        while (true) {
            if (in.peek().kind() == Kind.OPERATOR && COMPARISONS.contains(in.peek().text())) {
                operators.add(in.next().text());
            } else if (in.skipName("in")) {
                operators.add("in");
            } else if (in.isName("not") && in.followedBy(Kind.NAME, "in")) {
                in.next();
                in.next();
                operators.add("not in");
            } else {
                return operators.isEmpty() ? first : new Expression.Comparison(first, operators, others);
            }
            others.add(sum());
        }
    }

    private Expression sum() {
        Expression left = concatenation();
        while (in.isOperator("+") || in.isOperator("-")) {
            left = new Expression.Binary(in.next().text(), left, concatenation());
        }
        return left;
    }

    private Expression concatenation() {
        Expression left = product();
        while (in.skipOperator("~")) {
            left = new Expression.Binary("~", left, product());
        }
        return left;
    }

    private Expression product() {
        Expression left = power();
        while (in.isOperator("*") || in.isOperator("/") || in.isOperator("//") || in.isOperator("%")) {
            left = new Expression.Binary(in.next().text(), left, power());
        }
        return left;
    }

    private Expression power() {
        Expression left = unary(true);
        while (in.skipOperator("**")) {
            left = new Expression.Binary("**", left, unary(true));
        }
        return left;
    }

    private Expression unary(boolean filtered) {
        in.enter();
        Expression value;
        if (in.isOperator("-") || in.isOperator("+")) {
            value = new Expression.Unary(in.next().text(), unary(false));
        } else {
            value = postfix(primary());
        }
        in.leave();
        return filtered ? filters(value) : value;
    }

    private Expression primary() {
        Token token = in.next();
        return switch (token.kind()) {
            case NAME -> named(token.text());
            case STRING -> string(token.text());
            case INTEGER -> new Expression.Literal(whole(token));
            case FLOAT -> new Expression.Literal(Double.parseDouble(token.text()));
            case OPERATOR -> bracket(token);
            default -> throw TemplateException.at(token.line(), "an expression is missing");
        };
    }

    private static Long whole(Token token) {
        try {
            return Long.parseLong(token.text());
        } catch (NumberFormatException large) {
            throw TemplateException.at(token.line(), "the number " + token.text() + " is too large");
        }
    }

    private static Expression named(String name) {
        return switch (name) {
            case "true", "True" -> new Expression.Literal(true);
            case "false", "False" -> new Expression.Literal(false);
            case "none", "None" -> new Expression.Literal(null);
            default -> new Expression.Name(name);
        };
    }

    /** Texts that stand side by side are one. */
    private Expression string(String first) {
        StringBuilder text = new StringBuilder(first);
        while (in.peek().kind() == Kind.STRING) {
            text.append(in.next().text());
        }
        return new Expression.Literal(text.toString());
    }

    private Expression bracket(Token token) {
        switch (token.text()) {
            case "[" -> {
                return new Expression.Items(items("]"));
            }
            case "{" -> {
                return pairs();
            }
            case "(" -> {
                if (in.skipOperator(")")) {
                    return new Expression.Items(List.of());
                }
                Expression first = expression();
                if (in.skipOperator(")")) {
                    return first;
                }
                in.expectOperator(",");
                List<Expression> items = new ArrayList<>(List.of(first));
                items.addAll(items(")"));
                return new Expression.Items(items);
            }
            default -> throw TemplateException.at(token.line(), "'" + token.text() + "' has no meaning here");
        }
    }

    private List<Expression> items(String closing) {
        List<Expression> items = new ArrayList<>();
        while (!in.skipOperator(closing)) {
            items.add(expression());
            if (!in.isOperator(closing)) {
                in.expectOperator(",");
            }
        }
        return items;
    }

    private Expression pairs() {
        List<Expression> keys = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!in.skipOperator("}")) {
            keys.add(expression());
            in.expectOperator(":");
            values.add(expression());
            if (!in.isOperator("}")) {
                in.expectOperator(",");
            }
        }
        return new Expression.Pairs(keys, values);
    }

    private Expression postfix(Expression start) {
        Expression value = start;
        while (true) {
            if (in.skipOperator(".")) {
                value = in.peek().kind() == Kind.INTEGER
                        ? new Expression.Item(value, new Expression.Literal(whole(in.next())))
                        : new Expression.Attribute(value, in.name());
            } else if (in.skipOperator("[")) {
                value = subscript(value);
            } else if (in.isOperator("(")) {
                value = new Expression.Call(value, arguments());
            } else {
                return value;
            }
        }
    }

    private Expression subscript(Expression of) {
        Optional<Expression> from = in.isOperator(":") ? Optional.empty() : Optional.of(expression());
        if (from.isPresent() && in.skipOperator("]")) {
            return new Expression.Item(of, from.get());
        }
        in.expectOperator(":");
        Optional<Expression> to = bound();
        Optional<Expression> step = in.skipOperator(":") ? bound() : Optional.empty();
        in.expectOperator("]");
        return new Expression.Slice(of, from, to, step);
    }

    private Optional<Expression> bound() {
        return in.isOperator(":") || in.isOperator("]") ? Optional.empty() : Optional.of(expression());
    }

    Arguments arguments() {
        in.expectOperator("(");
        List<Expression> places = new ArrayList<>();
        Map<String, Expression> named = new LinkedHashMap<>();
        while (!in.skipOperator(")")) {
            if (in.peek().kind() == Kind.NAME && in.followedBy(Kind.OPERATOR, "=")) {
                String name = in.name();
                in.expectOperator("=");
                named.put(name, expression());
            } else {
                places.add(expression());
            }
            if (!in.isOperator(")")) {
                in.expectOperator(",");
            }
        }
        return new Arguments(places, named);
    }

    /** The filters of a filter block, applied to what stands in it: {@code name(b) | name}. */
    Expression filtersOf(Expression inside) {
        Expression value = inside;
        do {
            value = filter(value);
        } while (in.skipOperator("|"));
        return value;
    }

    private Expression filter(Expression of) {
        String name = in.name();
        return new Expression.Filter(of, name, in.isOperator("(") ? arguments() : Arguments.NONE);
    }

    private Expression filters(Expression start) {
        Expression value = start;
        while (true) {
            if (in.skipOperator("|")) {
                value = filter(value);
            } else if (in.skipName("is")) {
                value = check(value);
            } else if (in.isOperator("(")) {
                value = new Expression.Call(value, arguments());
            } else {
                return value;
            }
        }
    }

    private Expression check(Expression of) {
        boolean negated = in.skipName("not");
        String name = in.name();
        Arguments arguments = Arguments.NONE;
        if (in.isOperator("(")) {
            arguments = arguments();
        } else if (beginsValue()) {
            arguments = new Arguments(List.of(postfix(primary())), Map.of());
        }
        return new Expression.Check(of, name, arguments, negated);
    }

    private boolean beginsValue() {
        return switch (in.peek().kind()) {
            case NAME -> !NO_ARGUMENT.contains(in.peek().text());
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> in.isOperator("[") || in.isOperator("{");
            default -> false;
        };
    }
}
