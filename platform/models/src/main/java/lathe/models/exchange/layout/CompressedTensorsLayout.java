package lathe.models.exchange.layout;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

import lathe.models.checkpoint.StoredType;
import lathe.models.checkpoint.TensorEntry;
import lathe.spi.operator.BitPacking;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * The layouts of compressed-tensors, told apart by the tensors that are there: pack-quantized, int-quantized and the 2:4
 * bitmask. Packed rows without gaps are Lathe's own packing and stay where they are mapped.
 */
final class CompressedTensorsLayout implements QuantizedLayout {
    private static final Set<StoredType> WORDS = Set.of(StoredType.I32);
    private static final Set<StoredType> BYTES = Set.of(StoredType.I8);
    private static final Set<StoredType> ZEROS = Set.of(StoredType.I8, StoredType.I32);
    private static final Set<StoredType> SIZES = Set.of(StoredType.I64);

    private final QuantizationConfig config;
    private final ActivationSchemes activations;

    CompressedTensorsLayout(QuantizationConfig config) {
        this.config = requireNonNull(config, "config is null");
        this.activations = new ActivationSchemes(config);
    }

    @Override
    public Optional<InputRounding> inputs(String module, Parts parts) {
        return activations.of(module, parts);
    }

    /** A fixed step of the inputs lies beside the weight's own parts. */
    private void requireOnly(Parts parts, String... names) {
        if (!activations.isFixed(parts.module())) {
            parts.requireOnly(names);
            return;
        }
        String[] more = Arrays.copyOf(names, names.length + 2);
        more[names.length] = "input_scale";
        more[names.length + 1] = "input_zero_point";
        parts.requireOnly(more);
    }

    @Override
    public LinearOperator read(Parts parts, int out, int in, Scope scope) {
        if (parts.has("weight_packed")) {
            return packed(parts, out, in, scope);
        }
        if (parts.has("bitmask")) {
            return SparseBitmaskLayout.read(parts, out, in, scope);
        }
        return integers(parts, out, in, scope);
    }

    private LinearOperator packed(Parts parts, int out, int in, Scope scope) {
        requireOnly(parts, "weight_packed", "weight_scale", "weight_shape", "weight_zero_point", "weight_g_idx");
        if (parts.has("weight_shape")) {
            requireShape(parts, parts.exact("weight_shape", SIZES, 2), out, in);
        }
        TensorEntry packed = parts.matrix("weight_packed", WORDS);
        int bits = bits(parts, packed, in);
        boolean gaps = packed.dimension(1) != Words.count(in, bits);
        parts.exact("weight_packed", WORDS, out, gaps ? gapped(in, bits) : Words.count(in, bits));
        Tensor codes = gaps
                ? closeGaps(packed, out, in, bits, scope)
                : scope.over(packed.segment(), DataType.U8, out, BitPacking.rowBytes(in, bits));
        Tensor scales = scales(parts, out, in, scope);
        int groups = scales.size(1);
        int size = groupSize(parts, groups, in);
        ZeroPoints zeros = zeros(parts, out, groups, bits, scope);
        return new GroupQuantized(out, in, bits, size, codes, scales, zeros,
                columnGroups(parts, in, groups, size, scope));
    }

    private LinearOperator integers(Parts parts, int out, int in, Scope scope) {
        requireOnly(parts, "weight", "weight_scale", "weight_zero_point", "weight_g_idx");
        MemorySegment stored = parts.exact("weight", BYTES, out, in).segment();
        int bits = integerBits(parts);
        Tensor codes = scope.zeros(DataType.U8, out, BitPacking.rowBytes(in, bits));
        int middle = 1 << bits - 1;
        int[] row = new int[in];
        for (int i = 0; i < out; i++) {
            for (int j = 0; j < in; j++) {
                row[j] = stored.get(ValueLayout.JAVA_BYTE, (long) i * in + j) + middle;
                if (row[j] < 0 || row[j] >= 2 * middle) {
                    throw parts.problem("its entry (" + i + ", " + j + ") is " + (row[j] - middle)
                            + ", which does not fit " + bits + " bits");
                }
            }
            BitPacking.packRow(row, in, bits, codes.segment(), (long) i * BitPacking.rowBytes(in, bits));
        }
        Tensor scales = scales(parts, out, in, scope);
        int groups = scales.size(1);
        int size = groupSize(parts, groups, in);
        return new GroupQuantized(out, in, bits, size, codes, scales, zeros(parts, out, groups, bits, scope),
                columnGroups(parts, in, groups, size, scope));
    }

    private int integerBits(Parts parts) {
        Set<Integer> widths = config.ofSchemes("num_bits");
        if (widths.stream().allMatch(bits -> bits >= 2 && bits <= 8)) {
            return widths.stream().max(Integer::compare).orElse(8);
        }
        throw parts.problem("the config gives widths of " + widths + " bits, of which 2 to 8 can be read");
    }

    /** The width that fits the number of words, of those that the config's schemes name. */
    private int bits(Parts parts, TensorEntry packed, int in) {
        long words = packed.dimension(1);
        List<Integer> fitting = config.ofSchemes("num_bits").stream().filter(bits -> bits >= 1 && bits <= 8)
                .filter(bits -> words == Words.count(in, bits) || words == gapped(in, bits)).toList();
        if (fitting.size() != 1) {
            throw parts.problem("its weight_packed has " + words + " words a row for " + in + " inputs, which "
                    + (fitting.isEmpty() ? "fits none of" : "does not tell apart") + " the widths in the config, "
                    + config.ofSchemes("num_bits") + " bits");
        }
        return fitting.getFirst();
    }

    /** Words of the library's versions up to 0.12, in which no number lies across two words. */
    private static long gapped(long numbers, int bits) {
        int perWord = 32 / bits;
        return (numbers + perWord - 1) / perWord;
    }

    private static Tensor closeGaps(TensorEntry packed, int out, int in, int bits, Scope scope) {
        int rowBytes = BitPacking.rowBytes(in, bits);
        Tensor codes = scope.zeros(DataType.U8, out, rowBytes);
        MemorySegment source = packed.segment();
        int[] row = new int[in];
        for (int i = 0; i < out; i++) {
            for (int j = 0; j < in; j++) {
                row[j] = gappedField(source, i * packed.dimension(1) * Integer.BYTES, Integer.BYTES, j, bits);
            }
            BitPacking.packRow(row, in, bits, codes.segment(), (long) i * rowBytes);
        }
        return codes;
    }

    private static int gappedField(MemorySegment words, long first, long stride, int index, int bits) {
        int perWord = 32 / bits;
        int word = words.get(ValueLayout.JAVA_INT_UNALIGNED, first + index / perWord * stride);
        return word >>> index % perWord * bits & (1 << bits) - 1;
    }

    static void requireShape(Parts parts, TensorEntry shape, int out, int in) {
        MemorySegment sizes = shape.segment();
        if (sizes.get(ValueLayout.JAVA_LONG_UNALIGNED, 0) != out
                || sizes.get(ValueLayout.JAVA_LONG_UNALIGNED, Long.BYTES) != in) {
            throw parts.problem("its weight_shape is not [" + out + ", " + in + "] as the model calls for");
        }
    }

    /** Scales [out, groups]: one a group, a row, or one for all, which is then repeated. */
    private static Tensor scales(Parts parts, int out, int in, Scope scope) {
        TensorEntry entry = parts.entry("weight_scale", Parts.FLOATS);
        Tensor scales = entry.tensor(scope);
        if (entry.rank() == 2 && entry.dimension(0) == out && entry.dimension(1) >= 1 && entry.dimension(1) <= in) {
            return scales;
        }
        if (entry.rank() == 1 && entry.dimension(0) == out) {
            return scales.reshape(out, 1);
        }
        if (entry.elements() == 1) {
            return scales.reshape(1, 1).select(new int[out]);
        }
        throw parts.problem("its weight_scale has the shape " + TensorEntry.describe(entry.shape())
                + " and should have [" + out + ", groups]");
    }

    private int groupSize(Parts parts, int groups, int in) {
        if (groups == 1) {
            return in;
        }
        Set<Integer> sizes = config.ofSchemes("group_size");
        return sizes.stream().filter(size -> size > 0 && (in + size - 1) / size == groups)
                .min(Comparator.comparing(size -> in % size)).orElseThrow(() -> parts.problem("its weight_scale has "
                        + groups + " groups for " + in + " inputs, which fits none of the group sizes in the config, "
                        + sizes));
    }

    private static ZeroPoints zeros(Parts parts, int out, int groups, int bits, Scope scope) {
        int middle = 1 << bits - 1;
        if (!parts.has("weight_zero_point")) {
            return new ZeroPoints.Constant(middle);
        }
        TensorEntry entry = parts.entry("weight_zero_point", ZEROS);
        int[] zeros = new int[Math.multiplyExact(out, groups)];
        MemorySegment source = entry.segment();
        if (entry.type() == StoredType.I8) {
            boolean one = entry.elements() == 1;
            if (!one && entry.elements() != zeros.length) {
                throw parts.problem("its weight_zero_point has the shape " + TensorEntry.describe(entry.shape())
                        + " and should have [" + out + ", " + groups + "]");
            }
            for (int i = 0; i < zeros.length; i++) {
                zeros[i] = checked(parts, source.get(ValueLayout.JAVA_BYTE, one ? 0 : i) + middle, bits);
            }
            return Words.zeros(zeros, out, groups, bits, scope);
        }
        long words = Words.count(out, bits);
        boolean gaps = entry.rank() == 2 && entry.dimension(0) != words;
        parts.exact("weight_zero_point", WORDS, gaps ? gapped(out, bits) : words, groups);
        long stride = (long) groups * Integer.BYTES;
        for (int i = 0; i < zeros.length; i++) {
            long first = (long) (i % groups) * Integer.BYTES;
            zeros[i] = gaps
                    ? gappedField(source, first, stride, i / groups, bits)
                    : Words.field(source, first, stride, i / groups, bits);
        }
        return Words.zeros(zeros, out, groups, bits, scope);
    }

    private static int checked(Parts parts, int zero, int bits) {
        if (zero < 0 || zero >= 1 << bits) {
            throw parts.problem("its weight_zero_point holds " + (zero - (1 << bits - 1)) + ", which does not fit "
                    + bits + " bits");
        }
        return zero;
    }

    /** A map of -1 means that groups are consecutive. */
    private static Optional<Tensor> columnGroups(Parts parts, int in, int groups, int size, Scope scope) {
        if (!parts.has("weight_g_idx")) {
            return Optional.empty();
        }
        TensorEntry entry = parts.exact("weight_g_idx", WORDS, in);
        boolean none = IntStream.of(entry.tensor(scope).toInts()).allMatch(group -> group == -1);
        return none ? Optional.empty() : GptqLayout.columnGroups(parts, entry, groups, size, scope);
    }
}
