package lathe.engine.kernels;

import lathe.spi.operator.Values;
import lathe.spi.tensor.DataType;

/** The stored values of a sparse weight: numbers, or codes with the scales of their dense column groups. */
final class SparseValues {
    private final FloatReader plain;
    private final Values.Packed packed;
    private final long codes;
    private final GroupScales scales;
    private final RowMath math;
    private final long stored;

    SparseValues(Values values, RowMath math) {
        this.math = math;
        switch (values) {
            case Values.Plain numbers -> {
                plain = new FloatReader(numbers.values(), math);
                stored = numbers.values().elements();
                packed = null;
                codes = 0;
                scales = null;
            }
            case Values.Packed grouped -> {
                plain = null;
                stored = grouped.codes().bytes();
                packed = grouped;
                codes = Memory.address(grouped.codes());
                scales = new GroupScales(grouped.scales(), grouped.zeros(), math);
            }
        }
    }

    /** Whether values are codes. */
    boolean quantized() {
        return packed != null;
    }

    /** Address of a row's numbers where they are bf16 and a loop may read so many bytes beyond them; else 0. */
    long halves(long first, int count, int beyond) {
        boolean fits = plain != null && plain.type() == DataType.BF16 && first + count + beyond / 2 <= stored;
        return fits ? plain.at(first) : 0;
    }

    /** Dense columns of a group of codes. */
    int group() {
        return packed.group();
    }

    /** Bits of a code. */
    int bits() {
        return packed.bits();
    }

    /** Scales of codes. */
    GroupScales scales() {
        return scales;
    }

    /** Values, or codes not yet dequantised, that follow each other. */
    void read(long first, int count, long to) {
        if (packed == null) {
            plain.read(first, count, to);
        } else {
            math.unpack(codes, first, count, packed.bits(), to);
        }
    }

    /** How many codes there are at most, as many as their memory holds. */
    long count() {
        return 8 * packed.codes().bytes() / packed.bits();
    }

    /** Whether values are codes whose zero points can stand in the place of absent ones. */
    boolean spreads() {
        return packed != null && scales.zerosBelow(SparseSpread.limit(packed.bits()));
    }

    /** Puts the codes of a row to their places, for values that {@link #spreads}. */
    SparseSpread spread() {
        return new SparseSpread(packed.bits(), packed.group(), codes, packed.codes().bytes());
    }

    /**
     * Dequantises the values of a row that were read, in place.
     *
     * @param row     which row
     * @param values  the codes read
     * @param columns I32, their dense columns, ascending
     * @param count   how many
     */
    void dequantise(int row, long values, long columns, int count) {
        if (packed == null) {
            return;
        }
        try (Scratch.Frame frame = Scratch.frame()) {
            long scale = frame.floats(scales.groups());
            long zero = frame.floats(scales.groups());
            scales.scales(row, scale);
            scales.zeros(row, zero);
            for (int i = 0; i < count; i++) {
                long g = 4L * (Memory.getInt(columns + 4L * i) / packed.group());
                float value = Memory.getFloat(values + 4L * i) - Memory.getFloat(zero + g);
                Memory.setFloat(values + 4L * i, Memory.getFloat(scale + g) * value);
            }
        }
    }
}
