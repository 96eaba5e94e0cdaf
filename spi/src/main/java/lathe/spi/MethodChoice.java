package lathe.spi;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.Optional;

import com.typesafe.config.Config;

/**
 * Another method, named in the configuration of one that builds on it: {@code base = snapkv} or {@code base { use =
 * snapkv, window = 16 }}. Made real by {@link Services#method}. The one place where the SPI passes raw configuration on,
 * because only the chosen method's own record says what it means.
 *
 * @param id         the method's id
 * @param parameters its keys, without {@code use}; empty if only its id is given
 * @param settings   numbers, truth values, strings set in code by key, stronger than {@code parameters}
 */
public record MethodChoice(String id, Optional<Config> parameters, Map<String, Object> settings) {
    private static final String ID_KEY = "use";

    /** Checks the parts. */
    public MethodChoice {
        requireNonNull(id, "id is null");
        requireNonNull(parameters, "parameters is null");
        settings = Map.copyOf(settings);
    }

    /**
     * A method as a file names it.
     *
     * @param id         the method's id
     * @param parameters its keys
     */
    public MethodChoice(String id, Optional<Config> parameters) {
        this(id, parameters, Map.of());
    }

    /**
     * A method with its defaults.
     *
     * @param id the method's id
     * @return the choice
     */
    public static MethodChoice parse(String id) {
        return new MethodChoice(id, Optional.empty());
    }

    /**
     * A method with parameters, made in code.
     *
     * @param id       the method's id
     * @param settings numbers, truth values, strings by key
     * @return the choice
     */
    public static MethodChoice of(String id, Map<String, Object> settings) {
        return new MethodChoice(id, Optional.empty(), settings);
    }

    /**
     * A method with parameters.
     *
     * @param object an object with the key {@code use}
     * @return the choice
     */
    public static MethodChoice fromConfig(Config object) {
        if (!object.hasPath(ID_KEY)) {
            throw new IllegalArgumentException("A method is chosen by its id: write use = ... beside its parameters.");
        }
        return new MethodChoice(object.getString(ID_KEY), Optional.of(object.withoutPath(ID_KEY)));
    }
}
