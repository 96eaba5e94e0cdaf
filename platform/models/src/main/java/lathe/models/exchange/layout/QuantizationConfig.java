package lathe.models.exchange.layout;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

import lathe.models.checkpoint.Visible;
import lathe.spi.LatheException;

/** The object {@code quantization_config} of a {@code config.json}. */
final class QuantizationConfig {
    private final Path file;
    private final Map<?, ?> values;

    QuantizationConfig(Path file, Map<?, ?> values) {
        this.file = requireNonNull(file, "file is null");
        this.values = requireNonNull(values, "values is null");
    }

    /** A text; nothing if it is not there. */
    Optional<String> text(String key) {
        Object value = values.get(key);
        if (value != null && !(value instanceof String)) {
            throw problem(key, "must be a text but is " + value);
        }
        return Optional.ofNullable((String) value);
    }

    /** A whole number that must be there. */
    int whole(String key) {
        return whole(values, key).orElseThrow(() -> problem(key, "is missing"));
    }

    boolean has(String key) {
        return values.get(key) != null;
    }

    /** All values of a number that the schemes in {@code config_groups} give for weights. */
    Set<Integer> ofSchemes(String key) {
        Set<Integer> found = new TreeSet<>();
        if (values.get("config_groups") instanceof Map<?, ?> groups) {
            for (Object scheme : groups.values()) {
                if (scheme instanceof Map<?, ?> map && map.get("weights") instanceof Map<?, ?> weights) {
                    whole(weights, key).ifPresent(found::add);
                }
            }
        }
        return found;
    }

    /** The entries of {@code config_groups}. */
    List<Map<?, ?>> schemes() {
        List<Map<?, ?>> schemes = new ArrayList<>();
        if (values.get("config_groups") instanceof Map<?, ?> groups) {
            groups.values().forEach(scheme -> {
                if (scheme instanceof Map<?, ?> map) {
                    schemes.add(map);
                }
            });
        }
        return schemes;
    }

    /** A whole number above 0 that must be there. */
    int positive(Map<?, ?> map, String key) {
        return whole(map, key).filter(number -> number > 0)
                .orElseThrow(() -> problem(key, "must be a number above 0"));
    }

    /** Refuses a part of the config whose meaning is not supported: to leave it out would change the results. */
    void requireEmpty(String key) {
        Object value = values.get(key);
        boolean empty = value == null || value instanceof Map<?, ?> map && map.isEmpty();
        if (!empty) {
            throw problem(key, "is set, which is not supported");
        }
    }

    LatheException problem(String key, String what) {
        return new LatheException("quantization_config." + key + " in " + Visible.path(file) + " " + what + ".");
    }

    private Optional<Integer> whole(Map<?, ?> map, String key) {
        Object value = map.get(key);
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof Long number && number == number.intValue()) {
            return Optional.of(number.intValue());
        }
        throw problem(key, "must be a whole number but is " + Visible.name(String.valueOf(value)));
    }
}
