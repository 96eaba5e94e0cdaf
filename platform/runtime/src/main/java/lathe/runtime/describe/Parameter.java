package lathe.runtime.describe;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * One key of a method's configuration, for people.
 *
 * @param name     the key in HOCON, with dots for keys of a nested object
 * @param type     what may stand there, in words
 * @param standard the value that holds when nothing is given, in HOCON's spelling; empty if it must be given
 * @param optional whether nothing need be given although there is no default
 * @param range    the allowed interval, empty if every value of the type is allowed
 * @param meaning  what it does, empty if the author did not say
 */
public record Parameter(
        String name, String type, Optional<String> standard, boolean optional, Optional<String> range, String meaning) {
    /** Checks that nothing is null. */
    public Parameter {
        requireNonNull(name, "name is null");
        requireNonNull(type, "type is null");
        requireNonNull(standard, "standard is null");
        requireNonNull(range, "range is null");
        requireNonNull(meaning, "meaning is null");
    }

    /**
     * Whether an experiment must give it.
     *
     * @return true if there is neither a default nor the permission to leave it out
     */
    public boolean required() {
        return standard.isEmpty() && !optional;
    }
}
