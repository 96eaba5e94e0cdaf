package lathe.runtime.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.typesafe.config.ConfigException;

/** The library's messages as sentences. */
final class HoconErrors {
    private static final Pattern UNRESOLVED = Pattern.compile("\\$\\{\\??([^}]+)}");

    private HoconErrors() {}

    /** The message without the place that the library puts before it, ending in a full stop. */
    static String reason(ConfigException failure) {
        String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        String place = failure.origin() == null ? null : failure.origin().description() + ": ";
        String bare = place != null && message.startsWith(place) ? message.substring(place.length()) : message;
        String line = bare.strip().replace('\n', ' ').replace('\r', ' ');
        return line.endsWith(".") || line.endsWith("?") ? line : line + ".";
    }

    /** The name of a substitution that could not be resolved, or null. */
    static String unresolved(ConfigException failure) {
        Matcher matcher = UNRESOLVED.matcher(String.valueOf(failure.getMessage()));
        return failure instanceof ConfigException.UnresolvedSubstitution && matcher.find() ? matcher.group(1) : null;
    }
}
