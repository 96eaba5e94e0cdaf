package lathe.engine.kernels;

import java.util.List;

import lathe.spi.operator.BitPacking;
import lathe.spi.operator.NmSparse;

/** A weight that stores n of every m columns. */
final class NmKernel extends SparseRowKernel {
    private final long places;
    private final int placeBits;
    private final int placeRowBytes;
    private final int kept;
    private final int group;
    private final int keptPerRow;

    NmKernel(NmSparse operator, KernelTools tools) {
        super(
                operator.outFeatures(),
                operator.inFeatures(),
                List.copyOf(operator.parts().values()),
                new SparseValues(operator.values(), tools.math()),
                tools);
        this.places = Memory.address(operator.places());
        this.placeBits = NmSparse.placeBits(operator.group());
        this.keptPerRow = operator.keptPerRow();
        this.placeRowBytes = BitPacking.rowBytes(keptPerRow, placeBits);
        this.kept = operator.kept();
        this.group = operator.group();
    }

    @Override
    long first(int row) {
        return (long) row * keptPerRow;
    }

    @Override
    int count(int row) {
        return keptPerRow;
    }

    @Override
    void columns(int row, long to) {
        long stored = places + (long) row * placeRowBytes;
        for (int i = 0, base = 0; i < keptPerRow; base += group) {
            for (int j = 0; j < kept; j++, i++) {
                Memory.setInt(to + 4L * i, base + ScalarRowMath.code(stored, i, placeBits));
            }
        }
    }
}
