package lathe.models.architecture;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import lathe.models.checkpoint.Checkpoint;
import lathe.models.checkpoint.TensorEntry;

/**
 * Weights that a checkpoint holds in a quantised form: in place of {@code x.weight}, or beside it, there are tensors such
 * as {@code x.qweight}, {@code x.weight_scale}.
 */
final class QuantizedParts {
    private static final String WEIGHT = "weight";
    private static final String BIAS = "bias";

    private final Map<String, Map<String, TensorEntry>> partsOfWeight = new LinkedHashMap<>();

    private QuantizedParts() {}

    /** No weight is quantised. */
    static QuantizedParts none() {
        return new QuantizedParts();
    }

    /** Finds them: a planned weight is quantised if tensors that are not planned begin with its name. */
    static QuantizedParts of(Checkpoint checkpoint, TensorPlan plan) {
        QuantizedParts found = new QuantizedParts();
        for (TensorEntry entry : checkpoint.entries()) {
            String weight = weightOf(entry.name());
            if (plan.find(entry.name()).isEmpty() && plan.find(weight).isPresent()) {
                found.partsOfWeight.computeIfAbsent(weight, name -> new LinkedHashMap<>()).put(suffix(entry.name()),
                        entry);
            }
        }
        found.partsOfWeight.values().removeIf(parts -> parts.keySet().equals(Set.of(BIAS)));
        found.partsOfWeight
                .forEach((name, parts) -> checkpoint.find(name).ifPresent(entry -> parts.put(WEIGHT, entry)));
        return found;
    }

    /** Whether a planned weight is stored so. */
    boolean isQuantized(String weight) {
        return partsOfWeight.containsKey(weight);
    }

    /** Whether a tensor is part of such a weight. */
    boolean isPart(String name) {
        return partsOfWeight.getOrDefault(weightOf(name), Map.of()).containsKey(suffix(name));
    }

    /** The tensors of a weight by the last part of their names. */
    Map<String, TensorEntry> parts(String weight) {
        return Collections.unmodifiableMap(partsOfWeight.getOrDefault(weight, Map.of()));
    }

    private static String weightOf(String name) {
        return name.substring(0, name.lastIndexOf('.') + 1) + WEIGHT;
    }

    private static String suffix(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }
}
