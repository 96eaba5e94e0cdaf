package lathe.models.exchange;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import lathe.models.architecture.ArchitectureConfig;
import lathe.models.architecture.ModelFolder;
import lathe.models.architecture.ParsedConfig;
import lathe.models.architecture.TensorPlan;
import lathe.spi.tensor.DataType;

/** What an export takes over from the model that the weights came from: config, names of tensors, tokenizer. */
public final class ExportSource {
    private static final List<String> TYPE_KEYS = List.of("dtype", "torch_dtype");

    private final Path file;
    private final Map<String, Object> config;
    private final TensorPlan plan;
    private final List<Path> sideFiles;

    private ExportSource(Path file, Map<String, Object> config, TensorPlan plan, List<Path> sideFiles) {
        this.file = requireNonNull(file, "file is null");
        this.config = Collections.unmodifiableMap(requireNonNull(config, "config is null"));
        this.plan = requireNonNull(plan, "plan is null");
        this.sideFiles = List.copyOf(sideFiles);
    }

    /**
     * A model's folder; tensors get the names that they have there.
     *
     * @param folder the folder
     * @return the source
     */
    public static ExportSource of(ModelFolder folder) {
        return new ExportSource(folder.folder().resolve("config.json"), folder.rawConfig(), folder.plan(),
                folder.sideFiles());
    }

    /**
     * A folder with a config and perhaps a tokenizer, such as that of a stored result; tensors get the names of the
     * family's first layout.
     *
     * @param folder the folder
     * @return the source
     * @throws lathe.spi.LatheException if the config cannot be read or is not supported
     */
    public static ExportSource ofConfig(Path folder) {
        ParsedConfig parsed = ParsedConfig.read(folder.resolve("config.json"));
        return new ExportSource(folder.resolve("config.json"), parsed.raw(), parsed.plan(name -> false),
                ModelFolder.sideFiles(folder));
    }

    /** The same model with another value in its config. */
    ExportSource with(String key, Object value) {
        Map<String, Object> changed = new LinkedHashMap<>(config);
        changed.put(key, value);
        TensorPlan before = plan;
        return new ExportSource(file, changed,
                ParsedConfig.of(file, changed).plan(name -> before.find(name).isPresent()), sideFiles);
    }

    /** The shape that the config describes. */
    ArchitectureConfig architecture() {
        return ParsedConfig.of(file, config).config();
    }

    TensorPlan plan() {
        return plan;
    }

    /** Files that are copied as they are. */
    List<Path> sideFiles() {
        return sideFiles;
    }

    /** A number of the config. */
    Optional<Long> number(String key) {
        return config.get(key) instanceof Long number ? Optional.of(number) : Optional.empty();
    }

    /** The type that the config names for the weights; BF16 if it names none that is known. */
    DataType type() {
        for (String key : TYPE_KEYS) {
            if (config.get(key) instanceof String name) {
                return switch (name) {
                    case "float32" -> DataType.F32;
                    case "float16" -> DataType.F16;
                    default -> DataType.BF16;
                };
            }
        }
        return DataType.BF16;
    }

    /** The config of the exported model. */
    Map<String, Object> config(DataType type, Optional<? extends Map<String, Object>> quantization) {
        Map<String, Object> made = new LinkedHashMap<>(config);
        made.remove("quantization_config");
        String name = switch (type) {
            case F32 -> "float32";
            case F16 -> "float16";
            default -> "bfloat16";
        };
        List<String> keys = TYPE_KEYS.stream().filter(made::containsKey).toList();
        (keys.isEmpty() ? TYPE_KEYS : keys).forEach(key -> made.put(key, name));
        quantization.ifPresent(values -> made.put("quantization_config", values));
        return made;
    }
}
