package lathe.models.exchange.layout;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

import lathe.models.checkpoint.StoredType;
import lathe.models.checkpoint.TensorSource;
import lathe.spi.operator.GroupQuantized;

/**
 * Writes GPTQ: version 1, which every reader knows, unless a zero point is 0, which many readers of version 1 get wrong;
 * then version 2.
 */
final class GptqWriter extends QuantizedWriter {
    private static final Set<Integer> WIDTHS = Set.of(2, 3, 4, 8);

    private final boolean second;

    GptqWriter(SequencedMap<String, GroupQuantized> weights) {
        super(weights);
        this.second = weights.values().stream().anyMatch(Packing::hasZeroPointZero);
    }

    @Override
    Optional<String> refusal(GroupQuantized weight) {
        if (!WIDTHS.contains(weight.bits())) {
            return Optional.of("has codes of " + weight.bits() + " bits, GPTQ has 2, 3, 4 and 8");
        }
        if ((long) weight.inFeatures() * weight.bits() % 32 != 0
                || (long) weight.outFeatures() * weight.bits() % 32 != 0) {
            return Optional.of("has the shape [" + weight.outFeatures() + ", " + weight.inFeatures()
                    + "], whose codes do not fill whole words of 32 bits");
        }
        return Packing.zerosRefusal(weight).or(() -> Packing.groupsRefusal(weight))
                .or(() -> Packing.halfRefusal(weight));
    }

    @Override
    Optional<String> refusalOfAll(List<String> dense) {
        if (weights().values().stream().mapToInt(GroupQuantized::bits).distinct().count() > 1) {
            return Optional.of("GPTQ has one width for the whole model, this one has several");
        }
        return oneGroupSize() ? Optional.empty()
                : Optional.of("GPTQ has one group size for the whole model, this one has several");
    }

    @Override
    public List<TensorSource> write(String module, GroupQuantized weight) {
        int out = weight.outFeatures();
        int in = weight.inFeatures();
        long words = Words.count(in, weight.bits());
        boolean minusOne = !second;
        List<TensorSource> tensors = new ArrayList<>();
        tensors.add(Packing.late(module + ".qweight", StoredType.I32, new long[] {words, out},
                memory -> Words.transpose(Packing.contiguous(weight.codes()).segment(), out, words, Integer.BYTES,
                        memory)));
        tensors.add(Packing.late(module + ".qzeros", StoredType.I32,
                new long[] {weight.groups(), Words.count(out, weight.bits())},
                memory -> zeros(weight, minusOne ? 1 : 0, memory)));
        tensors.add(Packing.halfStepsTransposed(module + ".scales", weight));
        tensors.add(Packing.late(module + ".g_idx", StoredType.I32, new long[] {in}, memory -> map(weight, memory)));
        return tensors;
    }

    /** With no zero point of 0 there is nothing to borrow: words and fields give the same. */
    private static void zeros(GroupQuantized weight, int less, MemorySegment memory) {
        long rowBytes = Words.count(weight.outFeatures(), weight.bits()) * Integer.BYTES;
        for (int row = 0; row < weight.outFeatures(); row++) {
            for (int group = 0; group < weight.groups(); group++) {
                Words.put(memory, group * rowBytes, Integer.BYTES, row, weight.bits(),
                        Packing.zero(weight, row, group) - less);
            }
        }
    }

    private static void map(GroupQuantized weight, MemorySegment memory) {
        Optional<int[]> groups = weight.columnGroups().map(map -> map.toInts());
        for (int i = 0; i < weight.inFeatures(); i++) {
            memory.set(ValueLayout.JAVA_INT_UNALIGNED, (long) i * Integer.BYTES,
                    groups.isPresent() ? groups.get()[i] : i / weight.group());
        }
    }

    @Override
    public SequencedMap<String, Object> config(List<String> dense) {
        GroupQuantized first = weights().firstEntry().getValue();
        SequencedMap<String, Object> config = new LinkedHashMap<>();
        config.put("bits", first.bits());
        config.put("checkpoint_format", second ? "gptq_v2" : "gptq");
        config.put("desc_act", weights().values().stream().anyMatch(weight -> weight.columnGroups().isPresent()));
        config.put("group_size", groupSize(first));
        config.put("lm_head", weights().containsKey("lm_head"));
        config.put("pack_dtype", "int32");
        config.put("quant_method", "gptq");
        config.put("sym", weights().values().stream().allMatch(Packing::symmetric));
        SequencedMap<String, Object> exceptions = new LinkedHashMap<>();
        // The head is dense by default; an expression beginning with "-:" takes a module out.
        dense.stream().filter(module -> !module.equals("lm_head"))
                .forEach(module -> exceptions.put("-:^" + module.replace(".", "\\.") + "$", Map.of()));
        if (!exceptions.isEmpty()) {
            config.put("dynamic", exceptions);
        }
        return config;
    }

    @Override
    public Map<String, SequencedMap<String, Object>> files(List<String> dense) {
        return Map.of("quantize_config.json", config(dense));
    }

    @Override
    public List<String> engines() {
        return second
                ? List.of("Lathe", "GPTQModel and transformers with it (format v2, because a zero point is 0)")
                : List.of("Lathe", "transformers with GPTQModel", "vLLM");
    }
}
