package lathe.serve.template;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What stands behind {@code is}. */
final class Checks {
    private Checks() {}

    static boolean holds(Object value, String name, Given given) {
        return switch (name) {
            case "defined" -> !(value instanceof Undefined);
            case "undefined" -> value instanceof Undefined;
            case "none" -> value == null;
            case "string" -> value instanceof String;
            case "number" -> Values.isNumber(value);
            case "integer" -> value instanceof Long;
            case "float" -> value instanceof Double;
            case "boolean" -> value instanceof Boolean;
            case "true" -> Boolean.TRUE.equals(value);
            case "false" -> Boolean.FALSE.equals(value);
            case "mapping" -> value instanceof Map;
            case "iterable", "sequence" -> value instanceof String || value instanceof List || value instanceof Map
                    || value instanceof Undefined;
            case "callable" -> value instanceof Callable;
            case "odd" -> Math.floorMod(Values.whole(value), 2L) == 1;
            case "even" -> Math.floorMod(Values.whole(value), 2L) == 0;
            case "divisibleby" -> Math.floorMod(Values.whole(value), Values.whole(given.required(0, "num", name))) == 0;
            case "lower" -> Values.text(value).equals(Values.text(value).toLowerCase(Locale.ROOT));
            case "upper" -> Values.text(value).equals(Values.text(value).toUpperCase(Locale.ROOT));
            case "in" -> Values.contains(given.required(0, "seq", name), value);
            case "eq", "equalto", "==", "sameas" -> Values.equal(value, given.required(0, "other", name));
            case "ne", "!=" -> !Values.equal(value, given.required(0, "other", name));
            case "lt", "lessthan", "<" -> Values.compare(value, given.required(0, "other", name)) < 0;
            case "le", "<=" -> Values.compare(value, given.required(0, "other", name)) <= 0;
            case "gt", "greaterthan", ">" -> Values.compare(value, given.required(0, "other", name)) > 0;
            case "ge", ">=" -> Values.compare(value, given.required(0, "other", name)) >= 0;
            default -> throw TemplateException.rendering("the check 'is " + name + "' is not known");
        };
    }
}
