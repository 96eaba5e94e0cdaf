package lathe.engine.kernels;

import java.util.List;

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
