package lathe.serve.template;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/** What stands behind {@code |}. */
final class Filters {
    private Filters() {}

    static Object apply(Object value, String name, Given given) {
        return switch (name) {
            case "trim" -> Methods.strip(Values.text(value), given, true, true);
            case "lower" -> Values.text(value).toLowerCase(Locale.ROOT);
            case "upper" -> Values.text(value).toUpperCase(Locale.ROOT);
            case "capitalize" -> Methods.capitalize(Values.text(value));
            case "title" -> Methods.title(Values.text(value));
            case "string", "safe" -> Values.text(value);
            case "replace" -> Methods.replace(Values.text(value), given);
            case "escape", "e" -> escape(Values.text(value));
            case "indent" -> indent(Values.text(value), given);
            case "length", "count" -> Values.length(value);
            case "default", "d" -> value instanceof Undefined
                    || Values.truth(given.get(1, "boolean", false)) && !Values.truth(value)
                            ? given.get(0, "default_value", "")
                            : value;
            case "int" -> whole(value, given);
            case "float" -> fraction(value, given);
            case "abs" -> value instanceof Long number ? (Object) Math.abs(number) : Math.abs(Values.toDouble(value));
            case "round" -> round(value, given.whole(0, "precision", 0));
            case "tojson" -> JsonText.of(value, given.get(0, "indent", null) == null
                    && given.named().get("indent") == null ? 0 : Math.min(64, given.whole(0, "indent", 0)));
            case "items" -> value instanceof Undefined ? new ArrayList<>() : Methods.of(value, "items").call(List.of(),
                    Map.of());
            case "dictsort" -> Values.items(Methods.of(value, "items").call(List.of(), Map.of())).stream()
                    .sorted((a, b) -> Values.compare(Values.item(a, 0L), Values.item(b, 0L))).toList();
            default -> ofList(value, name, given);
        };
    }

    private static Object ofList(Object value, String name, Given given) {
        List<Object> items = Values.items(value);
        return switch (name) {
            case "list" -> items;
            case "first" -> items.isEmpty() ? new Undefined("the first item of nothing") : items.getFirst();
            case "last" -> items.isEmpty() ? new Undefined("the last item of nothing") : items.getLast();
            case "reverse" -> value instanceof String text
                    ? new StringBuilder(text).reverse().toString()
                    : new ArrayList<>(items.reversed());
            case "join" -> join(items, given);
            case "unique" -> unique(items);
            case "sum" -> items.stream().reduce(0L, (sum, item) -> Arithmetic.of("+", sum, item));
            case "min" -> items.stream().min(Values::compare).orElse(new Undefined("the least of nothing"));
            case "max" -> items.stream().max(Values::compare).orElse(new Undefined("the largest of nothing"));
            case "sort" -> sort(items, given);
            case "map" -> map(items, given);
            case "select" -> kept(items, item -> passes(item, given, 0));
            case "reject" -> kept(items, item -> !passes(item, given, 0));
            case "selectattr" -> kept(items, item -> passes(attribute(item, given), given, 1));
            case "rejectattr" -> kept(items, item -> !passes(attribute(item, given), given, 1));
            default -> throw TemplateException.rendering("the filter '" + name + "' is not known");
        };
    }

    private static List<Object> kept(List<Object> items, Predicate<Object> condition) {
        return new ArrayList<>(items.stream().filter(condition).toList());
    }

    /** Whether a value passes the check that is named at a place, or is true if none is named. */
    private static boolean passes(Object value, Given given, int place) {
        if (given.places().size() <= place) {
            return Values.truth(value);
        }
        return Checks.holds(value, Values.text(given.places().get(place)),
                new Given(given.places().subList(place + 1, given.places().size()), given.named()));
    }

    private static Object attribute(Object item, Given given) {
        return path(item, Values.text(given.required(0, "attribute", "the filter")));
    }

    private static Object path(Object item, String path) {
        Object value = item;
        for (String part : path.split("\\.")) {
            value = Values.item(value, part.matches("\\d{1,9}") ? (Object) Long.parseLong(part) : part);
        }
        return value;
    }

    private static Object map(List<Object> items, Given given) {
        List<Object> results = new ArrayList<>();
        for (Object item : items) {
            if (given.named().containsKey("attribute")) {
                Object value = path(item, Values.text(given.named().get("attribute")));
                results.add(value instanceof Undefined ? given.named().getOrDefault("default", value) : value);
            } else {
                results.add(apply(item, Values.text(given.required(0, "filter", "map")),
                        new Given(given.places().subList(1, given.places().size()), given.named())));
            }
        }
        return results;
    }

    private static String join(List<Object> items, Given given) {
        Object attribute = given.get(1, "attribute", null);
        String text = String.join(given.text(0, "d", ""), items.stream()
                .map(item -> Values.text(attribute == null ? item : path(item, Values.text(attribute)))).toList());
        Budget.requireLength(text.length());
        return text;
    }

    private static List<Object> unique(List<Object> items) {
        List<Object> seen = new ArrayList<>();
        items.stream().filter(item -> seen.stream().noneMatch(other -> Values.equal(other, item))).forEach(seen::add);
        return seen;
    }

    private static List<Object> sort(List<Object> items, Given given) {
        Object attribute = given.get(2, "attribute", null);
        Comparator<Object> order = (a, b) -> attribute == null
                ? Values.compare(a, b)
                : Values.compare(path(a, Values.text(attribute)), path(b, Values.text(attribute)));
        return new ArrayList<>(items.stream().sorted(Values.truth(given.get(0, "reverse", false))
                ? order.reversed()
                : order).toList());
    }

    private static String indent(String text, Given given) {
        String margin = given.get(0, "width", null) instanceof String own
                ? own
                : " ".repeat(Math.max(0, Math.min(1000, given.whole(0, "width", 4))));
        boolean first = Values.truth(given.get(1, "first", false));
        boolean blank = Values.truth(given.get(2, "blank", false));
        Budget.requireLength((long) text.length() * (margin.length() + 1));
        StringBuilder out = new StringBuilder();
        String[] lines = text.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            boolean indented = i == 0 ? first : blank || !lines[i].isEmpty();
            out.append(i == 0 ? "" : "\n").append(indented ? margin : "").append(lines[i]);
        }
        return out.toString();
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;")
                .replace("\"", "&#34;");
    }

    private static Object whole(Object value, Given given) {
        try {
            return value instanceof String text
                    ? (Object) (long) Double.parseDouble(text.strip())
                    : (Object) (long) Values.toDouble(value);
        } catch (NumberFormatException | TemplateException none) {
            return given.get(0, "default", 0L);
        }
    }

    private static Object fraction(Object value, Given given) {
        try {
            return value instanceof String text ? (Object) Double.parseDouble(text.strip()) : Values.toDouble(value);
        } catch (NumberFormatException | TemplateException none) {
            return given.get(0, "default", 0.0);
        }
    }

    private static double round(Object value, int precision) {
        return new java.math.BigDecimal(Values.toDouble(value))
                .setScale(Math.max(-300, Math.min(300, precision)), java.math.RoundingMode.HALF_EVEN).doubleValue();
    }
}
