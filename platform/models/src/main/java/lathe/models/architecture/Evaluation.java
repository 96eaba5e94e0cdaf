package lathe.models.architecture;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import lathe.models.architecture.Expression.Binary;
import lathe.models.architecture.Expression.Call;
import lathe.models.architecture.Expression.Choice;
import lathe.models.architecture.Expression.Element;
import lathe.models.architecture.Expression.Literal;
import lathe.models.architecture.Expression.Member;
import lathe.models.architecture.Expression.Unary;
import lathe.models.architecture.Expression.Variable;
import lathe.models.checkpoint.Visible;
import lathe.spi.LatheException;

/**
 * Values of formulas over one {@code config.json}. Variables are formulas themselves and are computed when first asked
 * for; an evaluation for a block sees those of the model besides its own.
 */
final class Evaluation {
    /** What a key that is not there has for a value; null is a key that holds null. */
    static final Object ABSENT = new Object();

    private final Path file;
    private final Evaluation outer;
    private final Map<String, String> formulas;
    private final Map<String, Object> values = new HashMap<>();

    private Evaluation(Path file, Evaluation outer, Map<String, String> formulas) {
        this.file = file;
        this.outer = outer;
        this.formulas = formulas;
    }

    /** An evaluation over a config; {@code config} is its variable of that name. */
    static Evaluation of(Path file, Map<String, Object> config, Map<String, String> formulas) {
        Evaluation evaluation = new Evaluation(file, null, formulas);
        evaluation.values.put("config", config);
        return evaluation;
    }

    /** An evaluation with more variables, one of them given by value. */
    Evaluation inner(Map<String, String> more, String name, long value) {
        Evaluation evaluation = new Evaluation(file, this, more);
        evaluation.values.put(name, value);
        return evaluation;
    }

    /** A whole number within bounds. */
    long whole(String formula, String what, long least, long most) {
        Expression expression = Expression.parse(formula);
        Object value = value(expression);
        if (!(value instanceof Long number)) {
            throw unfit(expression, what, value, "a whole number");
        }
        if (number < least || number > most) {
            throw problem(describe(expression, what) + " is " + number + "; it must be "
                    + (number < least ? "at least " + least : "at most " + most));
        }
        return number;
    }

    /** A number, or null where the formula is none. */
    Double number(String formula, String what) {
        Expression expression = Expression.parse(formula);
        Object value = value(expression);
        if (value == null) {
            return null;
        }
        if (!(value instanceof Number number)) {
            throw unfit(expression, what, value, "a number");
        }
        return number.doubleValue();
    }

    /** A truth value. */
    boolean truth(String formula, String what) {
        return truth(Expression.parse(formula), what);
    }

    /** A text. */
    String text(String formula, String what) {
        Expression expression = Expression.parse(formula);
        if (value(expression) instanceof String text) {
            return text;
        }
        throw unfit(expression, what, value(expression), "a text");
    }

    /** Whatever the formula gives; {@link #ABSENT} where it reads a key that is not there. */
    Object any(String formula) {
        return value(Expression.parse(formula));
    }

    /** What a formula's value comes from, for a message: the key of the config if it is one key's value. */
    String nameOf(String formula, String otherwise) {
        return describe(Expression.parse(formula), otherwise);
    }

    /** The error for a config that cannot be used. */
    LatheException problem(String what) {
        return new LatheException(Visible.path(file) + " cannot be used: " + what + ".");
    }

    private Object value(Expression expression) {
        return switch (expression) {
            case Literal literal -> literal.value();
            case Variable variable -> variable(variable.name());
            case Member member -> value(member.of()) instanceof Map<?, ?> map && map.containsKey(member.key())
                    ? map.get(member.key())
                    : ABSENT;
            case Element element -> element(element);
            case Call call -> call(call);
            case Unary unary -> unary.operator().equals("!")
                    ? (Object) !truth(unary.operand(), "an operand")
                    : arithmetic("-", new Literal(0L), unary.operand());
            case Choice choice -> value(truth(choice.condition(), "a condition") ? choice.yes() : choice.no());
            case Binary binary -> binary(binary);
        };
    }

    private Object variable(String name) {
        if (values.containsKey(name)) {
            return values.get(name);
        }
        String formula = formulas.get(name);
        if (formula != null) {
            Object value = any(formula);
            values.put(name, value);
            return value;
        }
        if (outer == null) {
            throw new IllegalArgumentException("A description uses the unknown variable " + name + ".");
        }
        return outer.variable(name);
    }

    private Object element(Element element) {
        Object list = value(element.of());
        if (list == ABSENT || list == null) {
            return ABSENT;
        }
        long index = (Long) value(element.index());
        if (!(list instanceof List<?> entries)) {
            throw unfit(element.of(), "", list, "a list");
        }
        if (index >= entries.size()) {
            throw problem(
                    describe(element.of(), "") + " has " + entries.size() + " entries, too few for block " + index);
        }
        return entries.get((int) index);
    }

    private Object call(Call call) {
        Expression first = call.arguments().getFirst();
        return switch (call.function()) {
            case "given" -> value(first) != ABSENT;
            case "sqrt" -> Math.sqrt(real(first));
            case "ln" -> Math.log(real(first));
            case "floor" -> (long) Math.floor(real(first));
            case "pow" -> Math.pow(real(first), real(call.arguments().get(1)));
            default -> throw new IllegalArgumentException("A description uses the unknown function " + call.function());
        };
    }

    private Object binary(Binary binary) {
        return switch (binary.operator()) {
            case "?:" -> value(chosen(binary));
            case "&&" -> truth(binary.left(), "an operand") && truth(binary.right(), "an operand");
            case "||" -> truth(binary.left(), "an operand") || truth(binary.right(), "an operand");
            case "==" -> Objects.equals(value(binary.left()), value(binary.right()));
            case "!=" -> !Objects.equals(value(binary.left()), value(binary.right()));
            case "in" -> value(binary.right()) instanceof List<?> list && list.contains(value(binary.left()));
            case "<" -> real(binary.left()) < real(binary.right());
            case "<=" -> real(binary.left()) <= real(binary.right());
            case ">" -> real(binary.left()) > real(binary.right());
            case ">=" -> real(binary.left()) >= real(binary.right());
            default -> arithmetic(binary.operator(), binary.left(), binary.right());
        };
    }

    private Object arithmetic(String operator, Expression left, Expression right) {
        if (!(numeric(left) instanceof Long a && numeric(right) instanceof Long b)) {
            double x = real(left);
            double y = real(right);
            return switch (operator) {
                case "+" -> x + y;
                case "-" -> x - y;
                case "*" -> x * y;
                case "/" -> x / y;
                default -> x % y;
            };
        }
        if ((operator.equals("/") || operator.equals("%")) && b == 0) {
            throw problem(describe(right, "a divisor") + " is 0");
        }
        if (operator.equals("/") && a % b != 0) {
            throw problem(
                    describe(left, "") + " (" + a + ") is not a multiple of " + describe(right, "") + " (" + b + ")");
        }
        try {
            return switch (operator) {
                case "+" -> Math.addExact(a, b);
                case "-" -> Math.subtractExact(a, b);
                case "*" -> Math.multiplyExact(a, b);
                case "/" -> a / b;
                default -> a % b;
            };
        } catch (ArithmeticException e) {
            throw problem("its sizes multiply to more than 64 bits can count");
        }
    }

    private Number numeric(Expression expression) {
        Object value = value(expression);
        if (value instanceof Number number) {
            return number;
        }
        throw unfit(expression, "", value, "a number");
    }

    private double real(Expression expression) {
        return numeric(expression).doubleValue();
    }

    private boolean truth(Expression expression, String what) {
        Object value = value(expression);
        if (value instanceof Boolean truth) {
            return truth;
        }
        throw unfit(expression, what, value, "true or false");
    }

    private LatheException unfit(Expression expression, String what, Object value, String wanted) {
        Expression culprit = culprit(expression);
        Object found = culprit == expression ? value : value(culprit);
        if (found == ABSENT) {
            return problem(describe(culprit, what) + " is missing");
        }
        return problem(describe(culprit, what) + " is " + show(found) + " where " + wanted + " is needed");
    }

    /** The key of the config behind a variable or a default, which is what the user can change. */
    private Expression culprit(Expression expression) {
        return switch (expression) {
            case Variable variable when formula(variable.name()) != null ->
                culprit(Expression.parse(formula(variable.name())));
            case Choice choice -> culprit(truth(choice.condition(), "a condition") ? choice.yes() : choice.no());
            case Binary elvis when elvis.operator().equals("?:") -> culprit(chosen(elvis));
            default -> expression;
        };
    }

    /** The side of {@code a ?: b} that counts. */
    private Expression chosen(Binary elvis) {
        Object left = value(elvis.left());
        return left == ABSENT || left == null ? elvis.right() : elvis.left();
    }

    private String formula(String name) {
        String formula = formulas.get(name);
        return formula != null || outer == null ? formula : outer.formula(name);
    }

    private String describe(Expression expression, String what) {
        return switch (culprit(expression)) {
            case Member member -> "'" + key(member) + "'";
            case Variable variable -> variable.name();
            default -> what.isEmpty() ? "a size" : what;
        };
    }

    private static String key(Expression expression) {
        return switch (expression) {
            case Member member when member.of() instanceof Variable variable && variable.name().equals("config") ->
                member.key();
            case Member member -> key(member.of()) + "." + member.key();
            case Variable variable -> variable.name();
            default -> "?";
        };
    }

    private static String show(Object value) {
        return switch (value) {
            case null -> "null";
            case String text -> "the text " + Visible.name(text);
            case List<?> list -> "a list";
            case Map<?, ?> map -> "an object";
            default -> Visible.escape(String.valueOf(value));
        };
    }
}
