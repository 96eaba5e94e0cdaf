package lathe.serve.template;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.LongStream;

/** Functions that every template has. */
final class Functions {
    /** Python's names of the parts of a date, and Java's. */
    private static final Map<Character, String> DATES = Map.ofEntries(Map.entry('Y', "yyyy"), Map.entry('y', "yy"),
            Map.entry('m', "MM"), Map.entry('d', "dd"), Map.entry('B', "MMMM"), Map.entry('b', "MMM"),
            Map.entry('A', "EEEE"), Map.entry('a', "EEE"), Map.entry('H', "HH"), Map.entry('I', "hh"),
            Map.entry('M', "mm"), Map.entry('S', "ss"), Map.entry('p', "a"), Map.entry('j', "DDD"));

    private Functions() {}

    static void addTo(Frame frame) {
        frame.set("range", (Callable) (places, named) -> range(places));
        frame.set("namespace", (Callable) (places, named) -> namespace(places, named));
        frame.set("dict", (Callable) (places, named) -> new LinkedHashMap<>(named));
        frame.set("raise_exception", (Callable) Functions::refuse);
        frame.set("strftime_now", (Callable) (places, named) -> now(Values.text(places.getFirst())));
    }

    private static Object refuse(List<Object> places, Map<String, Object> named) {
        throw new TemplateException("The chat template refuses this conversation: "
                + (places.isEmpty() ? "it says nothing more" : Values.text(places.getFirst())) + ".");
    }

    private static Object range(List<Object> places) {
        long from = places.size() < 2 ? 0 : Values.whole(places.get(0));
        long to = Values.whole(places.get(places.size() < 2 ? 0 : 1));
        long step = places.size() < 3 ? 1 : Values.whole(places.get(2));
        if (step == 0) {
            throw TemplateException.rendering("the step of a range is 0");
        }
        long count = Math.max(0, Math.ceilDiv(to - from, step));
        if (count > Budget.LONGEST_RANGE) {
            throw TemplateException.rendering("a range has more than " + Budget.LONGEST_RANGE + " numbers");
        }
        return new ArrayList<Object>(LongStream.range(0, count).mapToObj(i -> from + i * step).toList());
    }

    private static Object namespace(List<Object> places, Map<String, Object> named) {
        Map<String, Object> values = new LinkedHashMap<>();
        if (!places.isEmpty() && places.getFirst() instanceof Map<?, ?> map) {
            map.forEach((key, value) -> values.put(Values.text(key), value));
        }
        values.putAll(named);
        return new Namespace(values);
    }

    private static String now(String format) {
        LocalDateTime now = LocalDateTime.now();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                text.append(c);
                continue;
            }
            char part = format.charAt(++i);
            String pattern = DATES.get(part);
            if (pattern == null && part != '%') {
                throw TemplateException.rendering("the date format %" + part + " is not known");
            }
            text.append(pattern == null ? "%" : now.format(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH)));
        }
        return text.toString();
    }
}
