package lathe.models.exchange.layout;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

import lathe.models.checkpoint.StoredType;
import lathe.models.checkpoint.TensorSource;
import lathe.spi.operator.BitPacking;
import lathe.spi.operator.GroupQuantized;

/** Writes AutoAWQ's version "gemm". */
final class AwqWriter extends QuantizedWriter {
    AwqWriter(SequencedMap<String, GroupQuantized> weights) {
        super(weights);
    }

    @Override
    Optional<String> refusal(GroupQuantized weight) {
        if (weight.bits() != AwqLayout.BITS) {
            return Optional.of("has codes of " + weight.bits() + " bits, AWQ has 4");
        }
        if (weight.columnGroups().isPresent()) {
            return Optional.of("has groups that are not consecutive inputs (act-order), of which AWQ has none");
        }
        if (weight.outFeatures() % AwqLayout.PER_WORD != 0) {
            return Optional.of("has " + weight.outFeatures() + " outputs, AWQ packs 8 into a word");
        }
        return Packing.zerosRefusal(weight).or(() -> Packing.groupsRefusal(weight))
                .or(() -> Packing.halfRefusal(weight));
    }

    @Override
    Optional<String> refusalOfAll(List<String> dense) {
        if (!oneGroupSize()) {
            return Optional.of("AWQ has one group size for the whole model, this one has several");
        }
        // Readers take a module for an exception if its name contains one.
        return dense.stream().filter(name -> weights().keySet().stream().anyMatch(module -> module.contains(name)))
                .findFirst().map(name -> "AWQ cannot name " + name
                        + " as an exception without others whose names contain it");
    }

    @Override
    public List<TensorSource> write(String module, GroupQuantized weight) {
        int words = weight.outFeatures() / AwqLayout.PER_WORD;
        return List.of(
                Packing.late(module + ".qweight", StoredType.I32, new long[] {weight.inFeatures(), words},
                        memory -> codes(weight, words, memory)),
                Packing.late(module + ".qzeros", StoredType.I32, new long[] {weight.groups(), words},
                        memory -> zeros(weight, words, memory)),
                Packing.halfStepsTransposed(module + ".scales", weight));
    }

    private static void codes(GroupQuantized weight, int words, MemorySegment memory) {
        MemorySegment codes = Packing.contiguous(weight.codes()).segment();
        int rowBytes = BitPacking.rowBytes(weight.inFeatures(), AwqLayout.BITS);
        for (int c = 0; c < words; c++) {
            for (int i = 0; i < weight.inFeatures(); i++) {
                int word = 0;
                for (int n = 0; n < AwqLayout.PER_WORD; n++) {
                    long row = (long) c * AwqLayout.PER_WORD + AwqLayout.ORDER[n];
                    word |= BitPacking.get(codes, row * rowBytes, i, AwqLayout.BITS) << n * AwqLayout.BITS;
                }
                memory.set(ValueLayout.JAVA_INT_UNALIGNED, ((long) i * words + c) * Integer.BYTES, word);
            }
        }
    }

    private static void zeros(GroupQuantized weight, int words, MemorySegment memory) {
        for (int g = 0; g < weight.groups(); g++) {
            for (int c = 0; c < words; c++) {
                int word = 0;
                for (int n = 0; n < AwqLayout.PER_WORD; n++) {
                    int row = c * AwqLayout.PER_WORD + AwqLayout.ORDER[n];
                    word |= Packing.zero(weight, row, g) << n * AwqLayout.BITS;
                }
                memory.set(ValueLayout.JAVA_INT_UNALIGNED, ((long) g * words + c) * Integer.BYTES, word);
            }
        }
    }

    @Override
    public SequencedMap<String, Object> config(List<String> dense) {
        SequencedMap<String, Object> config = new LinkedHashMap<>();
        config.put("quant_method", "awq");
        config.put("version", "gemm");
        config.put("bits", AwqLayout.BITS);
        config.put("group_size", groupSize(weights().firstEntry().getValue()));
        config.put("zero_point", true);
        List<String> kept = dense.stream().filter(module -> !module.equals("lm_head")).toList();
        config.put("modules_to_not_convert", kept.isEmpty() ? null : kept);
        return config;
    }

    @Override
    public List<String> engines() {
        return List.of("Lathe", "AutoAWQ and transformers with it", "vLLM");
    }
}
