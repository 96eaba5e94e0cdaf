package lathe.serve.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;

/** Values as Python sees them: null, Boolean, Long, Double, String, List, Map, {@link Callable}, {@link Undefined}. */
final class Values {
    private Values() {}

    static boolean truth(Object value) {
        return switch (value) {
            case null -> false;
            case Boolean flag -> flag;
            case Long number -> number != 0;
            case Double number -> number != 0;
            case String text -> !text.isEmpty();
            case List<?> list -> !list.isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            case Undefined undefined -> false;
            default -> true;
        };
    }

    /** As {@code str()}. */
    static String text(Object value) {
        return switch (value) {
            case String text -> text;
            case Undefined undefined -> "";
            case null, default -> shown(value);
        };
    }

    /** As {@code repr()}. */
    static String shown(Object value) {
        return switch (value) {
            case null -> "None";
            case Boolean flag -> flag ? "True" : "False";
            case Double number -> number(number);
            case String text -> quoted(text);
            case List<?> list -> list(list);
            case Map<?, ?> map -> map(map);
            default -> String.valueOf(value);
        };
    }

    private static String list(List<?> list) {
        StringJoiner items = new StringJoiner(", ", "[", "]");
        list.forEach(item -> items.add(shown(item)));
        return items.toString();
    }

    private static String map(Map<?, ?> map) {
        StringJoiner items = new StringJoiner(", ", "{", "}");
        map.forEach((key, item) -> items.add(shown(key) + ": " + shown(item)));
        return items.toString();
    }

    static String number(double number) {
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            return Double.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }
        double size = Math.abs(number);
        if (size == 0 || size >= 1e-4 && size < 1e16) {
            String plain = new java.math.BigDecimal(Double.toString(number)).toPlainString();
            return plain.contains(".") ? plain : plain + ".0";
        }
        String[] parts = Double.toString(number).replace(".0E", "E").split("E");
        int exponent = Integer.parseInt(parts[1]);
        return parts[0] + "e" + (exponent < 0 ? "-" : "+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    }

    private static String quoted(String text) {
        char quote = text.contains("'") && !text.contains("\"") ? '"' : '\'';
        StringBuilder out = new StringBuilder().append(quote);
        for (char c : text.toCharArray()) {
            switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\\' -> out.append("\\\\");
                default -> out.append(c == quote ? "\\" : "").append(c);
            }
        }
        return out.append(quote).toString();
    }

    static boolean equal(Object left, Object right) {
        if (isNumber(left) && isNumber(right)) {
            return toDouble(left) == toDouble(right);
        }
        return Objects.equals(left, right);
    }

    static boolean isNumber(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    static double toDouble(Object value) {
        return switch (value) {
            case Long number -> number;
            case Double number -> number;
            case Boolean flag -> flag ? 1 : 0;
            case null, default -> throw TemplateException.rendering(shown(value) + " is no number");
        };
    }

    static long whole(Object value) {
        return switch (value) {
            case Long number -> number;
            case Boolean flag -> flag ? 1 : 0;
            case null, default -> throw TemplateException.rendering(shown(value) + " is no whole number");
        };
    }

    /** What a loop goes through: items, keys, characters. */
    static List<Object> items(Object value) {
        return switch (value) {
            case List<?> list -> new ArrayList<>(list);
            case Map<?, ?> map -> new ArrayList<>(map.keySet());
            case String text -> new ArrayList<>(characters(text));
            case Undefined undefined -> new ArrayList<>();
            case null, default -> throw TemplateException.rendering(shown(value) + " cannot be gone through");
        };
    }

    static List<String> characters(String text) {
        return text.codePoints().mapToObj(Character::toString).toList();
    }

    static long length(Object value) {
        return switch (value) {
            case String text -> text.codePointCount(0, text.length());
            case List<?> list -> list.size();
            case Map<?, ?> map -> map.size();
            case Undefined undefined -> 0;
            case null, default -> throw TemplateException.rendering(shown(value) + " has no length");
        };
    }

    /** As {@code <}: numbers, texts, lists. */
    static int compare(Object left, Object right) {
        if (isNumber(left) && isNumber(right)) {
            return Double.compare(toDouble(left), toDouble(right));
        }
        if (left instanceof String first && right instanceof String second) {
            return first.compareTo(second);
        }
        if (left instanceof List<?> first && right instanceof List<?> second) {
            for (int i = 0; i < Math.min(first.size(), second.size()); i++) {
                if (!equal(first.get(i), second.get(i))) {
                    return compare(first.get(i), second.get(i));
                }
            }
            return Integer.compare(first.size(), second.size());
        }
        throw TemplateException.rendering(shown(left) + " and " + shown(right) + " cannot be compared");
    }

    static boolean contains(Object container, Object value) {
        return switch (container) {
            case String text when value instanceof String part -> text.contains(part);
            case Map<?, ?> map -> map.containsKey(value);
            case List<?> list -> list.stream().anyMatch(item -> equal(item, value));
            case Undefined undefined -> false;
            case null, default -> throw TemplateException.rendering(
                    shown(value) + " cannot be looked for in " + shown(container));
        };
    }

    /** {@code value[key]}; an {@link Undefined} if it is not there. */
    static Object item(Object value, Object key) {
        return switch (value) {
            case Map<?, ?> map when map.containsKey(key) -> map.get(key);
            case List<?> list when key instanceof Long || key instanceof Boolean -> at(list, whole(key));
            case String text when key instanceof Long -> at(characters(text), whole(key));
            case Namespace namespace when key instanceof String name -> namespace.get(name);
            case Undefined undefined -> throw undefined.error();
            case null, default -> new Undefined(shown(key));
        };
    }

    private static Object at(List<?> list, long index) {
        long place = index < 0 ? index + list.size() : index;
        return place >= 0 && place < list.size() ? list.get((int) place) : new Undefined("the item " + index);
    }

    /** {@code value[from:to:step]}. */
    static Object slice(Object value, Object from, Object to, Object step) {
        if (value instanceof Undefined undefined) {
            throw undefined.error();
        }
        List<?> list = value instanceof String text ? characters(text) : items(value);
        long by = step == null ? 1 : whole(step);
        if (by == 0) {
            throw TemplateException.rendering("the step of a slice is 0");
        }
        int size = list.size();
        long first = from == null ? by > 0 ? 0 : size - 1 : bound(whole(from), size, by);
        long end = to == null ? by > 0 ? size : -1 : bound(whole(to), size, by);
        List<Object> part = new ArrayList<>();
        for (long i = first; by > 0 ? i < end : i > end; i += by) {
            part.add(list.get((int) i));
        }
        return value instanceof String ? String.join("", part.stream().map(String.class::cast).toList()) : part;
    }

    private static long bound(long index, int size, long step) {
        long place = index < 0 ? index + size : index;
        long least = step > 0 ? 0 : -1;
        return Math.max(least, Math.min(place, step > 0 ? size : size - 1));
    }
}
