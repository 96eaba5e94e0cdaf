package lathe.engine.kernels;

import java.util.List;

import lathe.spi.operator.Masked;
import lathe.spi.tensor.Mask;

/** A dense weight under a mask. */
final class MaskedKernel extends RowKernel {
    private final FloatReader weight;
    private final Mask mask;

    MaskedKernel(Masked operator, KernelTools tools) {
        super(operator.outFeatures(), operator.inFeatures(), List.of(operator.inner().weight()), tools);
        this.weight = new FloatReader(operator.inner().weight(), tools.math());
        this.mask = operator.mask();
    }

    @Override
    void decodeRow(int row, long to) {
        weight.read((long) row * inFeatures(), inFeatures(), to);
        for (int word = 0, column = 0; column < inFeatures(); word++, column += 64) {
            int count = Math.min(64, inFeatures() - column);
            long gone = ~mask.word(row, word) & (count == 64 ? -1L : (1L << count) - 1);
            for (; gone != 0; gone &= gone - 1) {
                Memory.setFloat(to + 4L * (column + Long.numberOfTrailingZeros(gone)), 0);
            }
        }
    }
}
