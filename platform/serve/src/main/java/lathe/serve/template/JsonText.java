package lathe.serve.template;

import java.util.List;
import java.util.Map;

/** The filter {@code tojson} as transformers defines it: Python's {@code json.dumps} with characters left as they are. */
final class JsonText {
    private final StringBuilder out = new StringBuilder();
    private final int indent;

    private JsonText(int indent) {
        this.indent = indent;
    }

    /** @param indent columns a level, 0 for one line */
    static String of(Object value, int indent) {
        JsonText text = new JsonText(indent);
        text.write(value, 1);
        return text.out.toString();
    }

    private void write(Object value, int level) {
        switch (value) {
            case null -> out.append("null");
            case Boolean flag -> out.append(flag);
            case Double number -> out.append(Values.number(number));
            case Long number -> out.append(number);
            case String text -> string(text);
            case Map<?, ?> map -> map(map, level);
            case List<?> list -> list(list, level);
            case Undefined undefined -> throw undefined.error();
            default -> throw TemplateException.rendering(Values.shown(value) + " cannot be written as JSON");
        }
        Budget.requireLength(out.length());
    }

    private void map(Map<?, ?> map, int level) {
        out.append('{');
        int count = 0;
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            separate(count++, level);
            string(Values.text(entry.getKey()));
            out.append(": ");
            write(entry.getValue(), level + 1);
        }
        close(count, level, '}');
    }

    private void list(List<?> list, int level) {
        out.append('[');
        int count = 0;
        for (Object item : list) {
            separate(count++, level);
            write(item, level + 1);
        }
        close(count, level, ']');
    }

    private void separate(int before, int level) {
        if (indent > 0) {
            out.append(before > 0 ? ",\n" : "\n").append(" ".repeat(indent * level));
        } else if (before > 0) {
            out.append(", ");
        }
    }

    private void close(int count, int level, char bracket) {
        if (indent > 0 && count > 0) {
            out.append('\n').append(" ".repeat(indent * (level - 1)));
        }
        out.append(bracket);
    }

    private void string(String text) {
        out.append('"');
        for (char c : text.toCharArray()) {
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> out.append(c < ' ' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
            }
        }
        out.append('"');
    }
}
