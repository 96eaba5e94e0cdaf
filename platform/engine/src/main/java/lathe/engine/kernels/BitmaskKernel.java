package lathe.engine.kernels;

import java.util.List;

import lathe.spi.LatheException;
import lathe.spi.operator.BitmaskSparse;

/** A weight with one bit an entry that says whether it is stored. */
final class BitmaskKernel extends SparseRowKernel {
    private final long bitmap;
    private final int wordsPerRow;
    private final long rowStarts;

    BitmaskKernel(BitmaskSparse operator, KernelTools tools) {
        super(
                operator.outFeatures(),
                operator.inFeatures(),
                List.copyOf(operator.parts().values()),
                new SparseValues(operator.values(), tools.math()),
                tools);
        this.bitmap = Memory.address(operator.bitmap());
        this.wordsPerRow = (operator.inFeatures() + 63) / 64;
        this.rowStarts = Memory.address(operator.rowStarts());
        for (int row = 0; row < operator.outFeatures(); row++) {
            checkRow(row);
        }
    }

    /** Kernels walk bits and values side by side, so their numbers must agree. */
    private void checkRow(int row) {
        int bits = 0;
        for (int word = 0; word < wordsPerRow; word++) {
            bits += Long.bitCount(word(row, word));
        }
        if (bits != count(row) || inFeatures() % 64 != 0 && word(row, wordsPerRow - 1) >>> inFeatures() % 64 != 0) {
            throw new LatheException("A bitmask weight is damaged: row " + row + " has " + bits
                    + " bits set for " + count(row) + " values.");
        }
    }

    private long word(int row, int word) {
        return Memory.getLong(bitmap + 8 * ((long) row * wordsPerRow + word));
    }

    @Override
    long first(int row) {
        return Memory.getInt(rowStarts + 4L * row);
    }

    @Override
    int count(int row) {
        return (int) (first(row + 1) - first(row));
    }

    @Override
    boolean hasBits() {
        return true;
    }

    @Override
    long bits(int row, long space) {
        return bitmap + 8L * row * wordsPerRow;
    }

    @Override
    void columns(int row, long to) {
        long at = to;
        for (int word = 0; word < wordsPerRow; word++) {
            for (long bits = word(row, word); bits != 0; bits &= bits - 1) {
                Memory.setInt(at, 64 * word + Long.numberOfTrailingZeros(bits));
                at += 4;
            }
        }
    }
}
