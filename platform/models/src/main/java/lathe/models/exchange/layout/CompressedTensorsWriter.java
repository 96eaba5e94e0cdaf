package lathe.models.exchange.layout;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

import lathe.models.checkpoint.StoredType;
import lathe.models.checkpoint.TensorSource;
import lathe.spi.operator.BitPacking;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.tensor.Tensor;

/** Writes compressed-tensors: pack-quantized, whose codes go out as they are, and int-quantized where inputs are rounded. */
final class CompressedTensorsWriter extends QuantizedWriter {
    private static final String PACKED = "pack-quantized";
    /** Codes of a byte each, for products with inputs that are rounded, too. */
    private static final String WHOLE_BYTES = "int-quantized";

    private final Map<String, InputRounding> inputs;

    /** What the inputs of one scheme have in common; steps that are fixed lie beside each weight. */
    private record Inputs(int bits, boolean symmetric, int group, boolean fixed) {
        static Inputs of(InputRounding rounding) {
            return new Inputs(rounding.bits(), rounding.symmetric(), rounding.group(), rounding.fixed().isPresent());
        }

        SequencedMap<String, Object> config() {
            SequencedMap<String, Object> config = new LinkedHashMap<>();
            config.put("dynamic", !fixed);
            config.put("group_size", group == 0 ? null : group);
            config.put("num_bits", bits);
            config.put("strategy", fixed ? "tensor" : group == 0 ? "token" : "group");
            config.put("symmetric", symmetric);
            config.put("type", "int");
            return config;
        }
    }

    /** What weights of one entry of {@code config_groups} have in common. */
    private record Scheme(int bits, int group, boolean symmetric, boolean actOrder, Optional<Inputs> inputs) {
        static Scheme of(GroupQuantized weight, Optional<InputRounding> inputs) {
            return new Scheme(weight.bits(), groupSize(weight), Packing.symmetric(weight),
                    weight.columnGroups().isPresent(), inputs.map(Inputs::of));
        }

        String format() {
            return inputs.isPresent() ? WHOLE_BYTES : PACKED;
        }

        SequencedMap<String, Object> config(List<String> targets) {
            SequencedMap<String, Object> weights = new LinkedHashMap<>();
            weights.put("actorder", actOrder ? "group" : null);
            weights.put("dynamic", false);
            weights.put("group_size", group < 0 ? null : group);
            weights.put("num_bits", bits);
            weights.put("strategy", group < 0 ? "channel" : "group");
            weights.put("symmetric", symmetric);
            weights.put("type", "int");
            SequencedMap<String, Object> scheme = new LinkedHashMap<>();
            scheme.put("format", format());
            scheme.put("input_activations", inputs.map(Inputs::config).orElse(null));
            scheme.put("output_activations", null);
            scheme.put("targets", targets);
            scheme.put("weights", weights);
            return scheme;
        }
    }

    CompressedTensorsWriter(SequencedMap<String, GroupQuantized> weights, Map<String, InputRounding> inputs) {
        super(weights);
        this.inputs = Map.copyOf(inputs);
    }

    @Override
    Optional<String> refusal(GroupQuantized weight) {
        if (weight.bits() < 2) {
            return Optional.of("has codes of one bit, of which the layout has none");
        }
        return Packing.zerosRefusal(weight).or(() -> Packing.groupsRefusal(weight)).or(() -> mapRefusal(weight));
    }

    /** Readers sort columns by their group and cut them into equal groups. */
    private static Optional<String> mapRefusal(GroupQuantized weight) {
        if (weight.columnGroups().isEmpty()) {
            return Optional.empty();
        }
        int[] sizes = new int[weight.groups()];
        for (int group : weight.columnGroups().get().toInts()) {
            sizes[group]++;
        }
        for (int size : sizes) {
            if (size != weight.group()) {
                return Optional.of("has a group of " + size + " columns among groups of " + weight.group());
            }
        }
        return Optional.empty();
    }

    @Override
    Optional<String> refusalOfAll(List<String> dense) {
        return Optional.empty();
    }

    @Override
    public List<TensorSource> write(String module, GroupQuantized weight) {
        return inputs.containsKey(module) ? bytes(module, weight, inputs.get(module)) : packed(module, weight);
    }

    private static List<TensorSource> bytes(String module, GroupQuantized weight, InputRounding rounding) {
        int out = weight.outFeatures();
        int in = weight.inFeatures();
        List<TensorSource> tensors = new ArrayList<>();
        tensors.add(Packing.late(module + ".weight", StoredType.I8, new long[] {out, in},
                memory -> codes(weight, memory)));
        tensors.add(Packing.plain(module + ".weight_scale", weight.scales()));
        if (!Packing.symmetric(weight)) {
            tensors.add(Packing.late(module + ".weight_zero_point", StoredType.I8, new long[] {out, weight.groups()},
                    memory -> byteZeros(weight, memory)));
        }
        weight.columnGroups().ifPresent(groups -> tensors.add(Packing.plain(module + ".weight_g_idx", groups)));
        rounding.fixed().ifPresent(step -> {
            tensors.add(Packing.late(module + ".input_scale", StoredType.F32, new long[] {1},
                    memory -> memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 0, step.size())));
            if (!rounding.symmetric()) {
                tensors.add(Packing.late(module + ".input_zero_point", StoredType.I8, new long[] {1},
                        memory -> memory.set(ValueLayout.JAVA_BYTE, 0, (byte) step.zero())));
            }
        });
        return tensors;
    }

    /** Codes less the middle of their range. */
    private static void codes(GroupQuantized weight, MemorySegment target) {
        int in = weight.inFeatures();
        int middle = 1 << weight.bits() - 1;
        Tensor codes = Packing.contiguous(weight.codes());
        int[] row = new int[in];
        for (int i = 0; i < weight.outFeatures(); i++) {
            BitPacking.unpackRow(codes.segment(), (long) i * codes.size(1), in, weight.bits(), row);
            for (int j = 0; j < in; j++) {
                target.set(ValueLayout.JAVA_BYTE, (long) i * in + j, (byte) (row[j] - middle));
            }
        }
    }

    private static void byteZeros(GroupQuantized weight, MemorySegment target) {
        int middle = 1 << weight.bits() - 1;
        for (int row = 0; row < weight.outFeatures(); row++) {
            for (int g = 0; g < weight.groups(); g++) {
                target.set(ValueLayout.JAVA_BYTE, (long) row * weight.groups() + g,
                        (byte) (Packing.zero(weight, row, g) - middle));
            }
        }
    }

    private static List<TensorSource> packed(String module, GroupQuantized weight) {
        int out = weight.outFeatures();
        int in = weight.inFeatures();
        List<TensorSource> tensors = new ArrayList<>();
        tensors.add(TensorSource.of(module + ".weight_packed", StoredType.I32,
                new long[] {out, Words.count(in, weight.bits())}, Packing.contiguous(weight.codes()).segment()));
        tensors.add(Packing.plain(module + ".weight_scale", weight.scales()));
        tensors.add(Packing.late(module + ".weight_shape", StoredType.I64, new long[] {2}, memory -> {
            memory.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, out);
            memory.set(ValueLayout.JAVA_LONG_UNALIGNED, Long.BYTES, in);
        }));
        if (!Packing.symmetric(weight)) {
            tensors.add(zeroPoints(module, weight));
        }
        Optional<Tensor> map = weight.columnGroups();
        map.ifPresent(groups -> tensors.add(Packing.plain(module + ".weight_g_idx", groups)));
        return tensors;
    }

    private static TensorSource zeroPoints(String module, GroupQuantized weight) {
        int groups = weight.groups();
        long[] shape = {Words.count(weight.outFeatures(), weight.bits()), groups};
        return Packing.late(module + ".weight_zero_point", StoredType.I32, shape, memory -> {
            for (int row = 0; row < weight.outFeatures(); row++) {
                for (int g = 0; g < groups; g++) {
                    Words.put(memory, (long) g * Integer.BYTES, (long) groups * Integer.BYTES, row, weight.bits(),
                            Packing.zero(weight, row, g));
                }
            }
        });
    }

    @Override
    public SequencedMap<String, Object> config(List<String> dense) {
        Map<Scheme, List<String>> schemes = schemes();
        SequencedMap<String, Object> groups = new LinkedHashMap<>();
        schemes.forEach((scheme, modules) -> groups.put("group_" + groups.size(),
                scheme.config(schemes.size() == 1 ? List.of("Linear") : modules)));
        SequencedMap<String, Object> config = new LinkedHashMap<>();
        config.put("config_groups", groups);
        List<String> formats = schemes.keySet().stream().map(Scheme::format).distinct().toList();
        config.put("format", formats.size() == 1 ? formats.getFirst() : "mixed-precision");
        config.put("global_compression_ratio", null);
        config.put("ignore", dense);
        config.put("kv_cache_scheme", null);
        config.put("quant_method", "compressed-tensors");
        config.put("quantization_status", "compressed");
        return config;
    }

    private Map<Scheme, List<String>> schemes() {
        Map<Scheme, List<String>> schemes = new LinkedHashMap<>();
        weights().forEach(
                (module, weight) -> schemes.computeIfAbsent(
                        Scheme.of(weight, Optional.ofNullable(inputs.get(module))), key -> new ArrayList<>())
                        .add(module));
        return schemes;
    }

    @Override
    public List<String> engines() {
        boolean usual = weights().values().stream().allMatch(weight -> weight.bits() == 4 || weight.bits() == 8);
        boolean symmetric = weights().entrySet().stream()
                .allMatch(entry -> inputs.containsKey(entry.getKey()) || Packing.symmetric(entry.getValue()));
        List<String> engines = new ArrayList<>();
        engines.add("Lathe");
        engines.add(symmetric ? "transformers with compressed-tensors 0.20"
                : "compressed-tensors 0.20's own decompressor (transformers 5.23 refuses packed zero points)");
        if (usual) {
            engines.add("vLLM");
        }
        return engines;
    }
}
