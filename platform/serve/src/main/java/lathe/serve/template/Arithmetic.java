package lathe.serve.template;

import java.util.ArrayList;
import java.util.List;

/** Operators of two values, as Python's. */
final class Arithmetic {
    private Arithmetic() {}

    static Object of(String operator, Object left, Object right) {
        if (left instanceof Undefined undefined) {
            throw undefined.error();
        }
        if (right instanceof Undefined undefined) {
            throw undefined.error();
        }
        return switch (operator) {
            case "+" -> plus(left, right);
            case "*" -> times(left, right);
            case "-" -> both(left, right) ? (Object) Math.subtractExact(Values.whole(left), Values.whole(right))
                    : (Object) (Values.toDouble(left) - Values.toDouble(right));
            case "/" -> Values.toDouble(left) / divisor(right);
            case "//" -> both(left, right) ? (Object) Math.floorDiv(Values.whole(left), (long) divisor(right))
                    : (Object) Math.floor(Values.toDouble(left) / divisor(right));
            case "%" -> rest(left, right);
            case "**" -> power(left, right);
            default -> throw new IllegalStateException("There is no operator " + operator + ".");
        };
    }

    private static boolean both(Object left, Object right) {
        return !(left instanceof Double) && !(right instanceof Double) && Values.isNumber(left)
                && Values.isNumber(right);
    }

    private static double divisor(Object value) {
        double number = Values.toDouble(value);
        if (number == 0) {
            throw TemplateException.rendering("it divides by 0");
        }
        return number;
    }

    private static Object plus(Object left, Object right) {
        if (left instanceof String first && right instanceof String second) {
            Budget.requireLength((long) first.length() + second.length());
            return first + second;
        }
        if (left instanceof List<?> first && right instanceof List<?> second) {
            List<Object> all = new ArrayList<>(first);
            all.addAll(second);
            Budget.requireLength(all.size());
            return all;
        }
        if (!Values.isNumber(left) || !Values.isNumber(right)) {
            throw TemplateException.rendering(Values.shown(left) + " and " + Values.shown(right)
                    + " cannot be added");
        }
        return both(left, right)
                ? (Object) Math.addExact(Values.whole(left), Values.whole(right))
                : (Object) (Values.toDouble(left) + Values.toDouble(right));
    }

    private static Object times(Object left, Object right) {
        if (left instanceof String text && right instanceof Long count) {
            Budget.requireLength(Math.max(0, Math.multiplyExact(count, text.length())));
            return text.repeat((int) Math.max(0, count));
        }
        return both(left, right)
                ? (Object) Math.multiplyExact(Values.whole(left), Values.whole(right))
                : (Object) (Values.toDouble(left) * Values.toDouble(right));
    }

    private static Object rest(Object left, Object right) {
        if (both(left, right)) {
            return Math.floorMod(Values.whole(left), (long) divisor(right));
        }
        double by = divisor(right);
        double number = Values.toDouble(left);
        return number - by * Math.floor(number / by);
    }

    private static Object power(Object left, Object right) {
        double power = Math.pow(Values.toDouble(left), Values.toDouble(right));
        return both(left, right) && Values.whole(right) >= 0 && Math.abs(power) < 1L << 53
                ? (Object) (long) power
                : (Object) power;
    }
}
