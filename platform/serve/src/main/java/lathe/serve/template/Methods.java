package lathe.serve.template;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Methods of Python's texts, lists and dictionaries. Those that would change their object are not there. */
final class Methods {
    private static final Set<String> OF_TEXT = Set.of("strip", "lstrip", "rstrip", "split", "rsplit", "splitlines",
            "startswith", "endswith", "replace", "upper", "lower", "title", "capitalize", "find", "rfind", "count",
            "join",
            "isdigit", "isalpha", "isspace", "isupper", "islower", "removeprefix", "removesuffix", "partition");
    private static final Set<String> OF_MAP = Set.of("items", "keys", "values", "get", "copy");
    private static final Set<String> OF_LIST = Set.of("index", "count", "copy");

    private Methods() {}

    /** The method of a value, bound to it, or null if it has none of that name. */
    static Callable of(Object value, String name) {
        return switch (value) {
            case String text when OF_TEXT.contains(name) ->
                (places, named) -> text(text, name, new Given(places, named));
            case Map<?, ?> map when OF_MAP.contains(name) ->
                (places, named) -> map(map, name, new Given(places, named));
            case List<?> list when OF_LIST.contains(name) ->
                (places, named) -> list(list, name, new Given(places, named));
            case null, default -> null;
        };
    }

    private static Object text(String text, String name, Given given) {
        return switch (name) {
            case "strip" -> strip(text, given, true, true);
            case "lstrip" -> strip(text, given, true, false);
            case "rstrip" -> strip(text, given, false, true);
            case "split" -> split(text, given, false);
            case "rsplit" -> split(text, given, true);
            case "splitlines" -> new ArrayList<Object>(text.lines().toList());
            case "startswith" -> options(given, name).stream().anyMatch(text::startsWith);
            case "endswith" -> options(given, name).stream().anyMatch(text::endsWith);
            case "replace" -> replace(text, given);
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "lower" -> text.toLowerCase(Locale.ROOT);
            case "title" -> title(text);
            case "capitalize" -> capitalize(text);
            case "find" -> place(text, text.indexOf(part(given, name)));
            case "rfind" -> place(text, text.lastIndexOf(part(given, name)));
            case "count" -> (long) occurrences(text, part(given, name));
            case "join" -> String.join(text, Values.items(given.required(0, "iterable", "join")).stream()
                    .map(Values::text).toList());
            case "isdigit" -> !text.isEmpty() && text.chars().allMatch(Character::isDigit);
            case "isalpha" -> !text.isEmpty() && text.chars().allMatch(Character::isLetter);
            case "isspace" -> !text.isEmpty() && text.isBlank();
            case "isupper" -> text.chars().anyMatch(Character::isUpperCase)
                    && text.chars().noneMatch(Character::isLowerCase);
            case "islower" -> text.chars().anyMatch(Character::isLowerCase)
                    && text.chars().noneMatch(Character::isUpperCase);
            case "removeprefix" -> text.startsWith(part(given, name))
                    ? text.substring(part(given, name).length())
                    : text;
            case "removesuffix" -> text.endsWith(part(given, name))
                    ? text.substring(0, text.length() - part(given, name).length())
                    : text;
            default -> partition(text, part(given, name));
        };
    }

    private static String part(Given given, String name) {
        if (given.required(0, "sub", name) instanceof String part) {
            return part;
        }
        throw TemplateException.rendering(name + " wants a text");
    }

    private static List<String> options(Given given, String name) {
        Object options = given.required(0, "prefix", name);
        return options instanceof List<?> list ? list.stream().map(Values::text).toList() : List.of(part(given, name));
    }

    private static long place(String text, int at) {
        return at < 0 ? -1 : text.codePointCount(0, at);
    }

    private static int occurrences(String text, String part) {
        int count = 0;
        for (int at = text.indexOf(part); at >= 0 && !part.isEmpty(); at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }

    static String strip(String text, Given given, boolean left, boolean right) {
        String characters = given.text(0, "chars", "");
        int start = 0;
        int end = text.length();
        while (left && start < end && strips(text.charAt(start), characters)) {
            start++;
        }
        while (right && end > start && strips(text.charAt(end - 1), characters)) {
            end--;
        }
        return text.substring(start, end);
    }

    private static boolean strips(char c, String characters) {
        return characters.isEmpty() ? Character.isWhitespace(c) || c == '\u00A0' : characters.indexOf(c) >= 0;
    }

    private static List<Object> split(String text, Given given, boolean fromEnd) {
        String separator = given.text(0, "sep", "");
        int most = given.whole(1, "maxsplit", -1);
        if (separator.isEmpty()) {
            String bare = text.strip();
            return bare.isEmpty() ? new ArrayList<>() : new ArrayList<>(Arrays.asList(bare.split("\\s+", most + 1)));
        }
        List<Object> parts = new ArrayList<>();
        String rest = text;
        int at = fromEnd ? rest.lastIndexOf(separator) : rest.indexOf(separator);
        while (at >= 0 && (most < 0 || parts.size() < most)) {
            String after = rest.substring(at + separator.length());
            parts.add(fromEnd ? 0 : parts.size(), fromEnd ? after : rest.substring(0, at));
            rest = fromEnd ? rest.substring(0, at) : after;
            at = fromEnd ? rest.lastIndexOf(separator) : rest.indexOf(separator);
        }
        parts.add(fromEnd ? 0 : parts.size(), rest);
        return parts;
    }

    private static List<Object> partition(String text, String separator) {
        int at = text.indexOf(separator);
        return at < 0
                ? new ArrayList<>(List.of(text, "", ""))
                : new ArrayList<>(List.of(text.substring(0, at), separator, text.substring(at + separator.length())));
    }

    static String replace(String text, Given given) {
        String old = Values.text(given.required(0, "old", "replace"));
        String fresh = Values.text(given.required(1, "new", "replace"));
        int most = given.whole(2, "count", -1);
        Budget.requireLength((long) (text.length() + 1) * Math.max(1, fresh.length()));
        if (most < 0) {
            return text.replace(old, fresh);
        }
        StringBuilder out = new StringBuilder();
        int from = 0;
        for (int at = text.indexOf(old); at >= 0 && most > 0 && !old.isEmpty(); at = text.indexOf(old, from)) {
            out.append(text, from, at).append(fresh);
            from = at + old.length();
            most--;
        }
        return out.append(text.substring(from)).toString();
    }

    static String capitalize(String text) {
        return text.isEmpty()
                ? text
                : text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1).toLowerCase(Locale.ROOT);
    }

    static String title(String text) {
        StringBuilder out = new StringBuilder();
        boolean inWord = false;
        for (char c : text.toCharArray()) {
            out.append(inWord ? Character.toLowerCase(c) : Character.toUpperCase(c));
            inWord = Character.isLetter(c);
        }
        return out.toString();
    }

    private static Object map(Map<?, ?> map, String name, Given given) {
        return switch (name) {
            case "items" ->
                map.entrySet().stream().map(entry -> (Object) Arrays.asList(entry.getKey(), entry.getValue()))
                        .collect(ArrayList::new, ArrayList::add, ArrayList::addAll);
            case "keys" -> new ArrayList<Object>(map.keySet());
            case "values" -> new ArrayList<Object>(map.values());
            case "get" -> map.containsKey(given.required(0, "key", "get"))
                    ? map.get(given.required(0, "key", "get"))
                    : given.get(1, "default", null);
            default -> map;
        };
    }

    private static Object list(List<?> list, String name, Given given) {
        Object wanted = name.equals("copy") ? null : given.required(0, "value", name);
        long count = list.stream().filter(item -> Values.equal(item, wanted)).count();
        if (name.equals("index") && count == 0) {
            throw TemplateException.rendering(Values.shown(wanted) + " is not in the list");
        }
        return switch (name) {
            case "count" -> count;
            case "index" -> java.util.stream.LongStream.range(0, list.size())
                    .filter(i -> Values.equal(list.get((int) i), wanted)).findFirst().orElseThrow();
            default -> list;
        };
    }
}
