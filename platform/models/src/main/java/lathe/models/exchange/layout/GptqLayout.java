package lathe.models.exchange.layout;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.Set;

import lathe.models.checkpoint.StoredType;
import lathe.models.checkpoint.TensorEntry;
import lathe.spi.operator.BitPacking;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * The layout of AutoGPTQ, GPTQModel and exllama, inputs along rows. A column of {@code qweight} is one string of bits, so
 * that its transpose is Lathe's packing.
 */
final class GptqLayout implements QuantizedLayout {
    private static final Set<Integer> WIDTHS = Set.of(2, 3, 4, 8);
    private static final Set<StoredType> INTEGERS = Set.of(StoredType.I32);

    private final QuantizationConfig config;
    private final int bits;
    private final int group;
    private final boolean minusOne;

    GptqLayout(QuantizationConfig config) {
        this.config = requireNonNull(config, "config is null");
        this.bits = config.whole("bits");
        this.group = config.whole("group_size");
        if (!WIDTHS.contains(bits)) {
            throw config.problem("bits", "is " + bits + "; GPTQ weights of 2, 3, 4 and 8 bits can be read");
        }
        String format = config.text("checkpoint_format").orElse("gptq");
        if (!format.equals("gptq") && !format.equals("gptq_v2")) {
            throw config.problem("checkpoint_format",
                    "is " + format + ", which is not supported; gptq and gptq_v2 can be read");
        }
        this.minusOne = format.equals("gptq");
    }

    @Override
    public LinearOperator read(Parts parts, int out, int in, Scope scope) {
        parts.requireOnly("qweight", "qzeros", "scales", "g_idx");
        TensorEntry qweight = parts.matrix("qweight", INTEGERS);
        int width = width(parts, qweight, out, in);
        TensorEntry scales = parts.matrix("scales", Parts.FLOATS);
        int groups = (int) scales.dimension(0);
        int size = groupSize(parts, groups, in);
        parts.exact("scales", Parts.FLOATS, groups, out);
        TensorEntry qzeros = parts.exact("qzeros", INTEGERS, groups, Words.count(out, width));
        Tensor codes = scope.zeros(DataType.U8, out, BitPacking.rowBytes(in, width));
        Words.transpose(qweight.segment(), qweight.dimension(0), out, Integer.BYTES, codes.segment());
        Tensor steps = scope.zeros(scales.type().tensorType().orElseThrow(), out, groups);
        Words.transpose(scales.segment(), groups, out, scales.type().bits() / Byte.SIZE, steps.segment());
        int[] zeros = zeros(qzeros, out, groups, width, minusOne);
        return new GroupQuantized(out, in, width, size, codes, steps, Words.zeros(zeros, out, groups, width, scope),
                columnGroups(parts, in, groups, size, scope));
    }

    /** The config's width, or with exceptions for single modules the one that the tensor's size tells. */
    private int width(Parts parts, TensorEntry qweight, int out, int in) {
        long found = in == 0 ? 0 : qweight.dimension(0) * 32 / in;
        boolean whole = qweight.dimension(0) * 32 == found * in && qweight.dimension(1) == out;
        if (!whole || found != bits && !(config.has("dynamic") && WIDTHS.contains((int) found))) {
            throw parts.problem("its qweight has the shape " + TensorEntry.describe(qweight.shape())
                    + " and should have [" + (long) in * bits / 32 + ", " + out + "] for " + bits + " bits");
        }
        return (int) found;
    }

    private int groupSize(Parts parts, int groups, int in) {
        int size = group <= 0 ? in : group;
        if (groups == (in + size - 1) / size) {
            return size;
        }
        if (config.has("dynamic") && groups > 0 && in % groups == 0) {
            return in / groups;
        }
        throw parts.problem("its scales have " + groups + " groups and should have " + (in + size - 1) / size
                + " of " + size + " inputs");
    }

    /**
     * Zero points [out, groups]. Version 1 subtracted one from every field by a subtraction of whole words, in which a
     * zero of 0 borrows from the next field; adding the word back restores all of them.
     */
    private static int[] zeros(TensorEntry entry, int out, int groups, int bits, boolean minusOne) {
        MemorySegment words = entry.segment();
        long rowBytes = entry.dimension(1) * Integer.BYTES;
        int[] zeros = new int[Math.multiplyExact(out, groups)];
        int perWord = 32 / bits;
        int ones = minusOne ? ones(bits) : 0;
        for (int g = 0; g < groups; g++) {
            for (int o = 0; o < out; o++) {
                int zero;
                if (bits == 3) {
                    zero = Words.field(words, g * rowBytes, Integer.BYTES, o, bits) + (minusOne ? 1 : 0) & 7;
                } else {
                    long at = g * rowBytes + (long) (o / perWord) * Integer.BYTES;
                    int word = words.get(ValueLayout.JAVA_INT_UNALIGNED, at) + ones;
                    zero = word >>> o % perWord * bits & (1 << bits) - 1;
                }
                zeros[o * groups + g] = zero;
            }
        }
        return zeros;
    }

    /** A word with 1 in every field. */
    static int ones(int bits) {
        int word = 0;
        for (int at = 0; at < 32; at += bits) {
            word |= 1 << at;
        }
        return word;
    }

    private static Optional<Tensor> columnGroups(Parts parts, int in, int groups, int size, Scope scope) {
        if (!parts.has("g_idx")) {
            return Optional.empty();
        }
        return columnGroups(parts, parts.exact("g_idx", INTEGERS, in), groups, size, scope);
    }

    /** The group of every column; nothing if they are consecutive. */
    static Optional<Tensor> columnGroups(Parts parts, TensorEntry entry, int groups, int size, Scope scope) {
        int[] map = entry.tensor(scope).toInts();
        boolean consecutive = true;
        for (int i = 0; i < map.length; i++) {
            if (map[i] < 0 || map[i] >= groups) {
                throw parts.problem("its " + entry.name().substring(entry.name().lastIndexOf('.') + 1)
                        + " gives input " + i + " the group " + map[i] + " of " + groups);
            }
            consecutive &= map[i] == i / size;
        }
        return consecutive ? Optional.empty() : Optional.of(scope.of(map, map.length));
    }
}
