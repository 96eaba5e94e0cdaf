package lathe.runtime.config;

import java.nio.file.Path;

import com.typesafe.config.ConfigOrigin;

/** Turns origins into the places that users read. */
public final class Places {
    private Places() {}

    /**
     * Where a value stands.
     *
     * @param origin its origin, may be null
     * @return {@code file.conf:12} relative to the current directory where that is shorter; empty if unknown
     */
    public static String of(ConfigOrigin origin) {
        if (origin == null) {
            return "";
        }
        String file = origin.filename();
        if (file == null) {
            String description = origin.description();
            return description == null || description.startsWith("hardcoded") ? "" : description;
        }
        return shown(Path.of(file)) + (origin.lineNumber() > 0 ? ":" + origin.lineNumber() : "");
    }

    /**
     * A path as users like to read it.
     *
     * @param file any path
     * @return relative to the current directory if it lies below it, absolute otherwise
     */
    public static String shown(Path file) {
        Path here = Path.of("").toAbsolutePath();
        Path absolute = file.toAbsolutePath().normalize();
        return absolute.startsWith(here) && !absolute.equals(here)
                ? here.relativize(absolute).toString()
                : absolute.toString();
    }
}
