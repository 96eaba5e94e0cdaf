package lathe.models.exchange.layout;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;
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

/** The layout of AutoAWQ's version "gemm": 4 bits, packed along outputs, interleaved. */
final class AwqLayout implements QuantizedLayout {
    static final int BITS = 4;
    static final int PER_WORD = 8;
    /** Nibble n of a word holds this one of its eight outputs. */
    static final int[] ORDER = {0, 2, 4, 6, 1, 3, 5, 7};
    private static final Set<StoredType> INTEGERS = Set.of(StoredType.I32);
    /** Words of a row that are taken apart together. */
    private static final int TILE = 16;

    private final int group;

    AwqLayout(QuantizationConfig config) {
        int bits = config.whole("bits");
        this.group = config.whole("group_size");
        String version = config.text("version").orElse("gemm").toLowerCase(Locale.ROOT);
        if (bits != BITS) {
            throw config.problem("bits", "is " + bits + "; AWQ weights have 4 bits");
        }
        if (!version.equals("gemm")) {
            throw config.problem("version", "is " + version + ", which is not supported; gemm can be read");
        }
    }

    @Override
    public LinearOperator read(Parts parts, int out, int in, Scope scope) {
        parts.requireOnly("qweight", "qzeros", "scales");
        if (out % PER_WORD != 0) {
            throw parts.problem("it has " + out + " outputs, of which AWQ packs 8 into a word");
        }
        int size = group <= 0 ? in : group;
        int groups = (in + size - 1) / size;
        TensorEntry qweight = parts.exact("qweight", INTEGERS, in, out / PER_WORD);
        TensorEntry qzeros = parts.exact("qzeros", INTEGERS, groups, out / PER_WORD);
        TensorEntry scales = parts.exact("scales", Parts.FLOATS, groups, out);
        Tensor codes = scope.zeros(DataType.U8, out, BitPacking.rowBytes(in, BITS));
        unpack(qweight.segment(), out, in, codes.segment());
        Tensor steps = scope.zeros(scales.type().tensorType().orElseThrow(), out, groups);
        Words.transpose(scales.segment(), groups, out, scales.type().bits() / Byte.SIZE, steps.segment());
        int[] zeros = zeros(qzeros.segment(), out, groups);
        return new GroupQuantized(out, in, BITS, size, codes, steps, Words.zeros(zeros, out, groups, BITS, scope),
                Optional.empty());
    }

    private static void unpack(MemorySegment source, int out, int in, MemorySegment target) {
        int words = out / PER_WORD;
        long rowBytes = BitPacking.rowBytes(in, BITS);
        for (int first = 0; first < words; first += TILE) {
            int last = Math.min(words, first + TILE);
            for (int i = 0; i < in; i++) {
                for (int c = first; c < last; c++) {
                    int word = source.get(ValueLayout.JAVA_INT_UNALIGNED, ((long) i * words + c) * Integer.BYTES);
                    scatter(word, c * PER_WORD, i, rowBytes, target);
                }
            }
        }
    }

    private static void scatter(int word, int output, int input, long rowBytes, MemorySegment target) {
        for (int n = 0; n < PER_WORD; n++) {
            long at = (output + ORDER[n]) * rowBytes + (input >>> 1);
            int code = (word >>> n * BITS & 15) << (input & 1) * BITS;
            target.set(ValueLayout.JAVA_BYTE, at, (byte) (target.get(ValueLayout.JAVA_BYTE, at) | code));
        }
    }

    private static int[] zeros(MemorySegment source, int out, int groups) {
        int words = out / PER_WORD;
        int[] zeros = new int[Math.multiplyExact(out, groups)];
        for (int g = 0; g < groups; g++) {
            for (int c = 0; c < words; c++) {
                int word = source.get(ValueLayout.JAVA_INT_UNALIGNED, ((long) g * words + c) * Integer.BYTES);
                for (int n = 0; n < PER_WORD; n++) {
                    zeros[(c * PER_WORD + ORDER[n]) * groups + g] = word >>> n * BITS & 15;
                }
            }
        }
        return zeros;
    }
}
