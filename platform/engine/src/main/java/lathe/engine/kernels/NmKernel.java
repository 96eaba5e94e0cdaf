package lathe.engine.kernels;

import java.util.List;

import lathe.spi.LatheException;
import lathe.spi.operator.BitPacking;
import lathe.spi.operator.NmSparse;

/** A weight that stores n of every m columns. */
final class NmKernel extends SparseRowKernel {
    /** The columns of two groups, by the byte that holds their places. */
    private static final int[] TWO_OF_FOUR = bitsOfTwoOfFour();

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
        for (int row = 0; row < operator.outFeatures(); row++) {
            checkRow(row);
        }
    }

    /** Whether rows are multiplied in the lanes of their groups. */
    private boolean lanesAreGroups() {
        return group == 4 && kept == 2 && math().hasLanes() && values().halves(0, keptPerRow, 0) != 0
                && TwoOfFourDot.fits(inFeatures());
    }

    @Override
    boolean arrangesOutside() {
        return lanesAreGroups() || super.arrangesOutside();
    }

    @Override
    void arrange(long input, long to) {
        if (lanesAreGroups()) {
            TwoOfFourDot.arrange(input, inFeatures(), to);
        } else {
            super.arrange(input, to);
        }
    }

    @Override
    void multiply(int from, int to, long input, long output) {
        if (!lanesAreGroups()) {
            super.multiply(from, to, input, output);
            return;
        }
        long numbers = values().halves(0, keptPerRow, 0);
        TwoOfFourDot.multiply(places + (long) from * placeRowBytes, placeRowBytes, numbers + 2 * first(from), to - from,
                inFeatures(), input, output);
    }

    /** Kernels move the input's kept numbers together, so places must ascend within a group. */
    private void checkRow(int row) {
        long stored = places + (long) row * placeRowBytes;
        int last = -1;
        for (int i = 0; i < keptPerRow; i++) {
            int place = ScalarRowMath.code(stored, i, placeBits);
            if (i % kept != 0 && place <= last) {
                throw new LatheException("An n:m weight is damaged: places of row " + row + " do not ascend at value "
                        + i + ".");
            }
            last = place;
        }
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
    boolean hasBits() {
        return true;
    }

    /** Whether values meet the input by their places as they are stored; the others do by bits. */
    private boolean twoOfFour() {
        return group == 4 && kept == 2 && inFeatures() % 16 == 0 && ExpandedDot.hasTwoOfFour();
    }

    @Override
    float dot(int row, long numbers, float[] input, int at) {
        return twoOfFour()
                ? ExpandedDot.twoOfFour(places + (long) row * placeRowBytes, inFeatures(), numbers, input, at)
                : super.dot(row, numbers, input, at);
    }

    @Override
    float dotHalves(int row, long numbers, float[] input, int at) {
        return twoOfFour()
                ? HalfExpandedDot.twoOfFour(places + (long) row * placeRowBytes, inFeatures(), numbers, input, at)
                : super.dotHalves(row, numbers, input, at);
    }

    /** Two of four come by a table of the four places in a byte; the others place by place. */
    @Override
    long bits(int row, long space) {
        long stored = places + (long) row * placeRowBytes;
        int words = (inFeatures() + 63) / 64;
        Memory.clear(space, 8L * words);
        int next = 0;
        if (group == 4 && kept == 2) {
            int bytes = inFeatures() / 8;
            for (int i = 0; i < bytes; i++) {
                Memory.setByte(space + i, TWO_OF_FOUR[Memory.getByte(stored + i)]);
            }
            next = 4 * bytes;
        }
        for (int i = next; i < keptPerRow; i++) {
            int column = i / kept * group + ScalarRowMath.code(stored, i, placeBits);
            long at = space + (column >>> 3);
            Memory.setByte(at, Memory.getByte(at) | 1 << (column & 7));
        }
        return space;
    }

    private static int[] bitsOfTwoOfFour() {
        int[] table = new int[256];
        for (int code = 0; code < 256; code++) {
            table[code] = 1 << (code & 3) | 1 << (code >> 2 & 3) | 1 << 4 + (code >> 4 & 3) | 1 << 4 + (code >> 6);
        }
        return table;
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
