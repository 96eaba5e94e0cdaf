package lathe.engine.kernels;

import java.util.List;
import java.util.Optional;

import lathe.spi.operator.BitPacking;
import lathe.spi.operator.Codebook;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/** Codes that look their value up in a table. */
final class CodebookKernel extends RowKernel {
    private final Codebook operator;
    private final long codes;
    private final int rowBytes;
    private final FloatReader table;
    private final long powers;
    private final FloatReader scales;
    private final int groups;
    /** Null where rows are decoded or their bytes looked up one by one. */
    private final CodebookDot product;

    CodebookKernel(Codebook operator, KernelTools tools) {
        super(operator.outFeatures(), operator.inFeatures(), List.copyOf(operator.parts().values()), tools);
        this.operator = operator;
        this.codes = Memory.address(operator.codes());
        this.rowBytes = BitPacking.rowBytes(operator.inFeatures(), operator.bits());
        this.table = new FloatReader(operator.table(), tools.math());
        Tensor stored = operator.scales().orElse(null);
        boolean exponents = stored != null && stored.type() == DataType.U8;
        this.powers = exponents ? Memory.address(stored) : 0;
        this.scales = stored == null || exponents ? null : new FloatReader(stored, tools.math());
        this.groups = stored == null ? 1 : stored.size(1);
        this.product = tools.math().hasLanes() ? product().orElse(null) : null;
    }

    /** The loop that fits the codes and what the table holds. */
    private Optional<CodebookDot> product() {
        boolean oneTable = operator.table().rank() == 1;
        float[] values = new float[Math.max(1 << operator.bits(), Lanes.N)];
        if (oneTable) {
            table.read(0, 1 << operator.bits(), values);
        }
        if (operator.bits() == 8 && oneTable) {
            return SmallFloatDot.of(inFeatures(), operator.group(), values, codes, operator.codes().bytes());
        }
        if (operator.bits() != 4) {
            return Optional.empty();
        }
        Optional<CodebookDot> steps = oneTable
                ? StepTableDot.of(inFeatures(), operator.group(), values)
                : Optional.empty();
        return steps.or(() -> Optional.ofNullable(TableDot.of(inFeatures(), operator.group())));
    }

    private void scales(int row, float[] to) {
        if (scales != null) {
            scales.read((long) row * groups, groups, to);
            return;
        }
        for (int group = 0; group < groups; group++) {
            to[group] = scale(row, group);
        }
    }

    private float scale(int row, int group) {
        long index = (long) row * groups + group;
        if (powers != 0) {
            int exponent = Memory.getByte(powers + index);
            // 255 is NaN in the MX formats; 0 is 2^-127, which float32 holds as a subnormal number.
            return exponent == 255 ? Float.NaN : Math.scalb(1f, exponent - 127);
        }
        return scales == null ? 1 : scales.get(index);
    }

    @Override
    int arrangedSize() {
        return product != null ? product.arrangedSize() : super.arrangedSize();
    }

    @Override
    void arrange(long input, float[] to, int at) {
        if (product != null) {
            product.arrange(input, to, at);
        } else {
            super.arrange(input, to, at);
        }
    }

    @Override
    void multiply(int from, int to, float[] input, int at, long output) {
        if (product == null && operator.bits() != 8) {
            super.multiply(from, to, input, at, output);
            return;
        }
        float[] scale = HeapScratch.scales(groups + Lanes.N);
        float[] values = HeapScratch.zeros(1 << operator.bits());
        for (int row = from; row < to; row++) {
            if (row == from || operator.table().rank() > 1) {
                table.read(operator.table().rank() == 1 ? 0 : (long) row << operator.bits(), 1 << operator.bits(),
                        values);
            }
            scales(row, scale);
            long stored = codes + (long) row * rowBytes;
            float sum = product == null
                    ? bytes(stored, values, input, at, scale)
                    : product.dot(stored, values, input, at, scale);
            Memory.setFloat(output + 4L * (row - from), sum * operator.tensorScale());
        }
    }

    /** Codes of eight bits: four sums side by side, since one alone would wait for itself. */
    private float bytes(long stored, float[] values, float[] input, int at, float[] scale) {
        float sum = 0;
        for (int from = 0, group = 0; from < inFeatures(); from += operator.group(), group++) {
            int to = Math.min(inFeatures(), from + operator.group());
            float a = 0;
            float b = 0;
            float c = 0;
            float d = 0;
            int i = from;
            for (; i <= to - 4; i += 4) {
                int word = Memory.getInt(stored + i);
                a = Math.fma(values[word & 0xff], input[at + i], a);
                b = Math.fma(values[word >>> 8 & 0xff], input[at + i + 1], b);
                c = Math.fma(values[word >>> 16 & 0xff], input[at + i + 2], c);
                d = Math.fma(values[word >>> 24], input[at + i + 3], d);
            }
            for (; i < to; i++) {
                a = Math.fma(values[Memory.getByte(stored + i)], input[at + i], a);
            }
            sum = Math.fma(scale[group], a + b + (c + d), sum);
        }
        return sum;
    }

    @Override
    void decodeRow(int row, long to) {
        int entries = 1 << operator.bits();
        try (Scratch.Frame frame = Scratch.frame()) {
            long values = frame.floats(entries);
            table.read(operator.table().rank() == 1 ? 0 : (long) row * entries, entries, values);
            math().unpack(codes + (long) row * rowBytes, 0, inFeatures(), operator.bits(), to);
            for (int column = 0; column < inFeatures(); column++) {
                Memory.setFloat(to + 4L * column,
                        Memory.getFloat(values + 4L * (int) Memory.getFloat(to + 4L * column)));
            }
        }
        if (scales == null && powers == 0) {
            if (operator.tensorScale() != 1) {
                math().scale(to, operator.tensorScale(), inFeatures());
            }
            return;
        }
        for (int from = 0, group = 0; from < inFeatures(); from += operator.group(), group++) {
            int count = Math.min(operator.group(), inFeatures() - from);
            math().scale(to + 4L * from, scale(row, group) * operator.tensorScale(), count);
        }
    }
}
