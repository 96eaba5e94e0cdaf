package lathe.report;

import java.util.List;
import java.util.Map;

/**
 * A node's configuration as lines of {@code key = value}, nested keys joined by points.
 */
final class ConfigText {
    private ConfigText() {}

    /**
     * @param config plain values
     * @return the lines; empty when there are none
     */
    static String of(Map<String, Object> config) {
        StringBuilder text = new StringBuilder();
        append(text, "", config);
        return text.toString().stripTrailing();
    }

    private static void append(StringBuilder text, String prefix, Map<?, ?> config) {
        config.forEach((key, value) -> {
            if (value instanceof Map<?, ?> map && !map.isEmpty()) {
                append(text, prefix + key + ".", map);
            } else {
                text.append(prefix).append(key).append(" = ").append(value(value)).append('\n');
            }
        });
    }

    /**
     * @param value a plain value
     * @return it as a person would write it: text as it is, lists in brackets
     */
    static String value(Object value) {
        return switch (value) {
            case null -> "null";
            case List<?> list -> "[" + String.join(", ", list.stream().map(ConfigText::value).toList()) + "]";
            case Map<?, ?> map -> "{" + String.join(", ",
                    map.entrySet().stream().map(entry -> entry.getKey() + " = " + value(entry.getValue())).toList())
                    + "}";
            default -> value.toString();
        };
    }
}
