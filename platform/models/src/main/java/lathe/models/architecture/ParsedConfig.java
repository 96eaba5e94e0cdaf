package lathe.models.architecture;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

import lathe.models.checkpoint.Visible;
import lathe.spi.LatheException;

/** A config.json with its family found and its numbers checked. */
public final class ParsedConfig {
    private final Family family;
    private final Map<String, Object> raw;
    private final Evaluation model;
    private final ArchitectureConfig config;

    private ParsedConfig(Family family, Path file, Map<String, Object> raw) {
        this.family = family;
        this.raw = raw;
        this.model = ConfigReader.evaluation(family, file, raw);
        this.config = ConfigReader.read(family, model, raw);
    }

    /**
     * Reads a config.
     *
     * @param file config.json
     * @return the config
     * @throws LatheException if it cannot be read, names no known family, or asks for what is not supported
     */
    public static ParsedConfig read(Path file) {
        requireNonNull(file, "file is null");
        return of(file, ModelFolder.readJson(file));
    }

    /**
     * Checks a config that was made rather than read.
     *
     * @param file where it will stand, for messages
     * @param raw  its keys and values; whole numbers are {@link Long}s
     * @return the config
     * @throws LatheException as {@link #read}
     */
    public static ParsedConfig of(Path file, Map<String, Object> raw) {
        return new ParsedConfig(family(file, raw), file, raw);
    }

    /**
     * The family.
     *
     * @return its description
     */
    public Family family() {
        return family;
    }

    /**
     * The keys and values of the file.
     *
     * @return as {@link lathe.models.checkpoint.StrictJson} reads them
     */
    public Map<String, Object> raw() {
        return raw;
    }

    /**
     * The model's shape and features.
     *
     * @return the config in Lathe's terms
     */
    public ArchitectureConfig config() {
        return config;
    }

    /**
     * All tensors that the config calls for.
     *
     * @param exists whether a checkpoint has a tensor of a name: where a family comes in several layouts, that of the
     *               checkpoint is taken, the first one if it has none
     * @return the plan
     */
    public TensorPlan plan(Predicate<String> exists) {
        return TensorPlan.of(family, model, config.blocks().size(), exists);
    }

    private static Family family(Path file, Map<String, Object> raw) {
        Object type = raw.get("model_type");
        if (type instanceof String name) {
            return Family.ofModelType(name).orElseThrow(() -> unknown(file, name));
        }
        if (raw.get("architectures") instanceof List<?> names && !names.isEmpty()) {
            return Family.ofArchitecture(String.valueOf(names.getFirst())).orElseThrow(
                    () -> unknown(file, String.valueOf(names.getFirst())));
        }
        throw new LatheException(Visible.path(file)
                + " does not say what kind of model this is: 'model_type' is missing or not a text.");
    }

    private static LatheException unknown(Path file, String name) {
        List<String> known = Family.knownModelTypes();
        String nearest = known.stream().min(Comparator.comparingInt(type -> distance(type, name))).orElseThrow();
        String hint = distance(nearest, name) <= 3 ? "; the nearest is '" + nearest + "'." : ".";
        return new LatheException(Visible.path(file) + " asks for the unknown kind of model " + Visible.name(name)
                + "; known are " + String.join(", ", known) + hint);
    }

    /** Levenshtein's distance, of names no longer than 40 characters. */
    private static int distance(String a, String b) {
        String shorter = b.substring(0, Math.min(b.length(), 40));
        int[] row = new int[shorter.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int substituted = diagonal + (a.charAt(i - 1) == shorter.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[shorter.length()];
    }
}
