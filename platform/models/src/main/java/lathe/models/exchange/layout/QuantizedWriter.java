package lathe.models.exchange.layout;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

import lathe.models.checkpoint.TensorSource;
import lathe.spi.operator.GroupQuantized;

/** Puts the quantised weights of one model into the layout of another engine. Made for all weights together. */
public abstract class QuantizedWriter {
    /** Layouts by name. */
    private static final Map<String, Maker> LAYOUTS = Map.of("awq", (weights, inputs) -> new AwqWriter(weights),
            "compressed-tensors", CompressedTensorsWriter::new, "gptq", (weights, inputs) -> new GptqWriter(weights));

    /** Makes a writer of weights and the rounding of their inputs, of which most layouts have no notion. */
    @FunctionalInterface
    private interface Maker {
        QuantizedWriter make(SequencedMap<String, GroupQuantized> weights, Map<String, InputRounding> inputs);
    }

    private final SequencedMap<String, GroupQuantized> weights;

    QuantizedWriter(SequencedMap<String, GroupQuantized> weights) {
        this.weights = Collections.unmodifiableSequencedMap(requireNonNull(weights, "weights is null"));
        if (weights.isEmpty()) {
            throw new IllegalArgumentException("No weight is quantised.");
        }
    }

    /**
     * The names of the layouts.
     *
     * @return in alphabetical order
     */
    public static List<String> layouts() {
        return LAYOUTS.keySet().stream().sorted().toList();
    }

    /**
     * A writer.
     *
     * @param layout  one of {@link #layouts()}
     * @param weights all quantised weights of the model, at least one, by the names of their modules
     * @param inputs  how inputs of some of these modules are rounded
     * @return the writer; {@link #refusal(List)} says whether it can write them
     */
    public static QuantizedWriter of(String layout, SequencedMap<String, GroupQuantized> weights,
            Map<String, InputRounding> inputs) {
        return requireNonNull(LAYOUTS.get(layout), () -> layout + " is no layout").make(weights, inputs);
    }

    /** The weights by the names of their modules. */
    SequencedMap<String, GroupQuantized> weights() {
        return weights;
    }

    /**
     * Why the weights cannot be written so.
     *
     * @param dense modules of linears that are not quantised
     * @return the first reason, without a period at its end; empty if all fit
     */
    public Optional<String> refusal(List<String> dense) {
        Optional<String> together = refusalOfAll(dense);
        if (together.isPresent()) {
            return together;
        }
        for (Map.Entry<String, GroupQuantized> entry : weights.entrySet()) {
            Optional<String> reason = refusal(entry.getValue());
            if (reason.isPresent()) {
                return Optional.of(entry.getKey() + " " + reason.get());
            }
        }
        return Optional.empty();
    }

    /** Why one weight does not fit, as the rest of a sentence that begins with its name. */
    abstract Optional<String> refusal(GroupQuantized weight);

    /** Why the weights do not fit together, or not beside the dense ones. */
    abstract Optional<String> refusalOfAll(List<String> dense);

    /**
     * The tensors of a weight. Nothing is packed before it is written.
     *
     * @param module name of the module, without {@code .weight}
     * @param weight one of the weights, which must stay readable until it is written
     * @return its tensors
     */
    public abstract List<TensorSource> write(String module, GroupQuantized weight);

    /**
     * What engines must know.
     *
     * @param dense modules of linears that are not quantised
     * @return the object {@code quantization_config}
     */
    public abstract SequencedMap<String, Object> config(List<String> dense);

    /**
     * Files beside {@code config.json} that older readers want.
     *
     * @param dense modules of linears that are not quantised
     * @return contents by name
     */
    public Map<String, SequencedMap<String, Object>> files(List<String> dense) {
        return Map.of();
    }

    /**
     * Who can load the result.
     *
     * @return names of engines, with what they need for it
     */
    public abstract List<String> engines();

    /** Whether all groups have one size, whole rows counted as one. */
    final boolean oneGroupSize() {
        return weights.values().stream().mapToInt(QuantizedWriter::groupSize).distinct().count() == 1;
    }

    /** Columns of a group, -1 for a whole row. */
    static int groupSize(GroupQuantized weight) {
        return weight.groups() == 1 ? -1 : weight.group();
    }
}
