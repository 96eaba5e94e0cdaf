package lathe.models.exchange.layout;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

import lathe.models.checkpoint.StoredType;
import lathe.models.checkpoint.TensorEntry;
import lathe.models.checkpoint.Visible;

/**
 * Which inputs a compressed-tensors checkpoint wants rounded: {@code input_activations} of the schemes in
 * {@code config_groups}. What cannot be computed so is refused by name.
 */
final class ActivationSchemes {
    private static final String REGULAR = "re:";
    private static final Set<StoredType> ZEROS = Set.of(StoredType.I8, StoredType.I32, StoredType.I64);

    private final QuantizationConfig config;
    private final List<Map<?, ?>> schemes = new ArrayList<>();

    ActivationSchemes(QuantizationConfig config) {
        this.config = requireNonNull(config, "config is null");
        config.requireEmpty("kv_cache_scheme");
        config.requireEmpty("transform_config");
        for (Map<?, ?> scheme : config.schemes()) {
            if (scheme.get("output_activations") != null) {
                throw config.problem("config_groups", "has output_activations, which are not supported");
            }
            schemes.add(scheme);
        }
    }

    /** How the input of a module is rounded, if it is. */
    Optional<InputRounding> of(String module, Parts parts) {
        Optional<Map<?, ?>> inputs = scheme(module)
                .map(scheme -> scheme.get("input_activations") instanceof Map<?, ?> map ? map : null);
        return inputs.map(map -> rounding(map, parts));
    }

    /** Whether a module's step lies in the file. */
    boolean isFixed(String module) {
        return scheme(module).map(scheme -> scheme.get("input_activations") instanceof Map<?, ?> map && !dynamic(map))
                .orElse(false);
    }

    /** The scheme that names the module, else one for its class. */
    private Optional<Map<?, ?>> scheme(String module) {
        return schemes.stream().filter(scheme -> targets(scheme).stream().anyMatch(target -> names(target, module)))
                .findFirst().or(() -> schemes.stream().filter(scheme -> targets(scheme).contains("Linear"))
                        .findFirst());
    }

    private static List<?> targets(Map<?, ?> scheme) {
        return scheme.get("targets") instanceof List<?> list ? list : List.of("Linear");
    }

    private boolean names(Object target, String module) {
        if (target instanceof String text && text.startsWith(REGULAR)) {
            try {
                return Pattern.compile(text.substring(REGULAR.length())).matcher(module).lookingAt();
            } catch (PatternSyntaxException e) {
                throw config.problem("config_groups", "has the target " + Visible.name(text)
                        + ", which is no regular expression");
            }
        }
        return module.equals(target);
    }

    private static boolean dynamic(Map<?, ?> inputs) {
        return Boolean.TRUE.equals(inputs.get("dynamic"));
    }

    private InputRounding rounding(Map<?, ?> inputs, Parts parts) {
        String type = String.valueOf(inputs.get("type"));
        String strategy = String.valueOf(inputs.get("strategy"));
        boolean symmetric = !Boolean.FALSE.equals(inputs.get("symmetric"));
        int bits = inputs.get("num_bits") instanceof Long number && number >= 2 && number <= 8 ? number.intValue() : 0;
        if (!type.equals("int") || bits == 0 || !(inputs.get("dynamic") instanceof Boolean)) {
            throw config.problem("config_groups", "asks for input_activations of type " + Visible.name(type) + " with "
                    + inputs.get("num_bits") + " bits, dynamic " + inputs.get("dynamic")
                    + "; whole numbers of 2 to 8 bits can be computed");
        }
        if (!dynamic(inputs)) {
            if (!strategy.equals("tensor")) {
                throw config.problem("config_groups", "asks for fixed input_activations by the strategy "
                        + Visible.name(strategy) + "; fixed ones can be computed for a whole tensor");
            }
            return new InputRounding(bits, symmetric, 0, Optional.of(step(parts, symmetric, bits)));
        }
        return switch (strategy) {
            case "token" -> new InputRounding(bits, symmetric, 0, Optional.empty());
            case "group" -> new InputRounding(bits, symmetric, config.positive(inputs, "group_size"),
                    Optional.empty());
            default -> throw config.problem("config_groups", "asks for dynamic input_activations by the strategy "
                    + Visible.name(strategy) + "; token and group can be computed (one step for a whole tensor would "
                    + "make results depend on what is computed together)");
        };
    }

    private static InputRounding.Step step(Parts parts, boolean symmetric, int bits) {
        TensorEntry scale = parts.entry("input_scale", Parts.FLOATS);
        float size = single(parts, "input_scale", scale);
        if (!(size > 0) || Float.isInfinite(size)) {
            throw parts.problem("its input_scale is " + size + " and should be a positive number");
        }
        int zero = 0;
        if (parts.has("input_zero_point")) {
            float stored = single(parts, "input_zero_point", parts.entry("input_zero_point", ZEROS));
            if (stored < -(1 << bits - 1) || stored >= 1 << bits - 1 || symmetric && stored != 0) {
                throw parts.problem("its input_zero_point is " + (int) stored + ", which does not fit "
                        + (symmetric ? "symmetric inputs" : bits + " bits"));
            }
            zero = (int) stored;
        } else if (!symmetric) {
            throw parts.problem("its tensor input_zero_point is missing");
        }
        return new InputRounding.Step(size, zero);
    }

    private static float single(Parts parts, String name, TensorEntry entry) {
        if (entry.elements() != 1) {
            throw parts.problem("its " + name + " has the shape " + TensorEntry.describe(entry.shape())
                    + " and should be one number");
        }
        MemorySegment bytes = entry.segment();
        return switch (entry.type()) {
            case F32 -> bytes.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0);
            case F16 -> Float.float16ToFloat(bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, 0));
            case BF16 -> Float.intBitsToFloat(bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, 0) << 16);
            case I8 -> bytes.get(ValueLayout.JAVA_BYTE, 0);
            case I32 -> bytes.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
            case I64 -> bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
            default -> throw new IllegalStateException(name + " has the type " + entry.type());
        };
    }
}
