package lathe.serve.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import lathe.serve.template.Expression.Arguments;

/** Computes expressions. */
final class Evaluator {
    private final Budget budget;

    Evaluator(Budget budget) {
        this.budget = budget;
    }

    Object value(Expression expression, Frame frame) {
        budget.step();
        return switch (expression) {
            case Expression.Literal literal -> literal.value();
            case Expression.Name name -> frame.get(name.name());
            case Expression.Items items -> values(items.items(), frame);
            case Expression.Pairs pairs -> pairs(pairs, frame);
            case Expression.Attribute attribute -> attribute(value(attribute.of(), frame), attribute.name());
            case Expression.Item item -> item(value(item.of(), frame), value(item.key(), frame));
            case Expression.Slice slice -> Values.slice(value(slice.of(), frame), optional(slice.from(), frame),
                    optional(slice.to(), frame), optional(slice.step(), frame));
            case Expression.Call call -> call(call, frame);
            case Expression.Filter filter -> Filters.apply(value(filter.of(), frame), filter.name(),
                    given(filter.arguments(), frame));
            case Expression.Check check -> Checks.holds(value(check.of(), frame), check.name(),
                    given(check.arguments(), frame)) != check.negated();
            case Expression.Unary unary -> unary(unary, frame);
            case Expression.Binary binary -> binary(binary, frame);
            case Expression.Comparison comparison -> comparison(comparison, frame);
            case Expression.Conditional conditional -> conditional(conditional, frame);
        };
    }

    boolean truth(Expression expression, Frame frame) {
        return Values.truth(value(expression, frame));
    }

    private Object optional(Optional<Expression> expression, Frame frame) {
        return expression.isPresent() ? value(expression.get(), frame) : null;
    }

    private List<Object> values(List<Expression> expressions, Frame frame) {
        List<Object> values = new ArrayList<>();
        expressions.forEach(expression -> values.add(value(expression, frame)));
        return values;
    }

    private Object pairs(Expression.Pairs pairs, Frame frame) {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.keys().size(); i++) {
            map.put(value(pairs.keys().get(i), frame), value(pairs.values().get(i), frame));
        }
        return map;
    }

    /** {@code a.b}: a method before an item. */
    private static Object attribute(Object value, String name) {
        if (value instanceof Undefined undefined) {
            throw undefined.error();
        }
        Callable method = Methods.of(value, name);
        return method != null ? method : Values.item(value, name);
    }

    /** {@code a[b]}: an item before a method. */
    private static Object item(Object value, Object key) {
        Object found = Values.item(value, key);
        Callable method = found instanceof Undefined && key instanceof String name ? Methods.of(value, name) : null;
        return method != null ? method : found;
    }

    private Given given(Arguments arguments, Frame frame) {
        Map<String, Object> named = new LinkedHashMap<>();
        arguments.named().forEach((name, expression) -> named.put(name, value(expression, frame)));
        return new Given(values(arguments.places(), frame), named);
    }

    private Object call(Expression.Call call, Frame frame) {
        Object called = value(call.of(), frame);
        if (called instanceof Undefined undefined) {
            throw undefined.error();
        }
        if (!(called instanceof Callable callable)) {
            throw TemplateException.rendering(Values.shown(called) + " cannot be called");
        }
        Given given = given(call.arguments(), frame);
        return callable.call(given.places(), given.named());
    }

    private Object unary(Expression.Unary unary, Frame frame) {
        Object value = value(unary.of(), frame);
        return switch (unary.operator()) {
            case "not" -> !Values.truth(value);
            case "-" -> Arithmetic.of("*", value, -1L);
            default -> value;
        };
    }

    private Object binary(Expression.Binary binary, Frame frame) {
        Object left = value(binary.left(), frame);
        return switch (binary.operator()) {
            case "and" -> Values.truth(left) ? value(binary.right(), frame) : left;
            case "or" -> Values.truth(left) ? left : value(binary.right(), frame);
            case "~" -> concatenated(Values.text(left), Values.text(value(binary.right(), frame)));
            default -> Arithmetic.of(binary.operator(), left, value(binary.right(), frame));
        };
    }

    private static String concatenated(String left, String right) {
        Budget.requireLength((long) left.length() + right.length());
        return left + right;
    }

    private Object comparison(Expression.Comparison comparison, Frame frame) {
        Object left = value(comparison.first(), frame);
        for (int i = 0; i < comparison.operators().size(); i++) {
            Object right = value(comparison.others().get(i), frame);
            if (!holds(comparison.operators().get(i), left, right)) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private static boolean holds(String operator, Object left, Object right) {
        return switch (operator) {
            case "==" -> Values.equal(left, right);
            case "!=" -> !Values.equal(left, right);
            case "in" -> Values.contains(right, left);
            case "not in" -> !Values.contains(right, left);
            case "<" -> Values.compare(left, right) < 0;
            case "<=" -> Values.compare(left, right) <= 0;
            case ">" -> Values.compare(left, right) > 0;
            default -> Values.compare(left, right) >= 0;
        };
    }

    private Object conditional(Expression.Conditional conditional, Frame frame) {
        if (truth(conditional.condition(), frame)) {
            return value(conditional.yes(), frame);
        }
        return conditional.no().isPresent()
                ? value(conditional.no().get(), frame)
                : new Undefined("the other side of an 'if' without 'else'");
    }
}
