package lathe.models.exchange.layout;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
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
