package lathe.runtime.config;

import java.nio.file.Path;
import java.util.Locale;

/** Java types in the words of users. */
final class TypeNames {
    private TypeNames() {}

    /** With an article, as part of a sentence. */
    static String of(Class<?> type) {
        if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
            return "a whole number";
        } else if (type == double.class || type == Double.class || type == float.class || type == Float.class) {
            return "a number";
        } else if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        } else if (type == String.class) {
            return "a text";
        } else if (type == Path.class) {
            return "a path";
        } else if (type.isEnum()) {
            return "one of " + String.join(", ", ValueReader.constants(type));
        } else if (ValueReader.parser(type) != null) {
            return "a " + words(type.getSimpleName());
        }
        return "an object";
    }

    private static String words(String name) {
        return name.replaceAll("([a-z])([A-Z])", "$1 $2").toLowerCase(Locale.ROOT);
    }
}
