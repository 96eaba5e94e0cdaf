package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.I;
import static lathe.engine.kernels.Lanes.N;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

import lathe.spi.operator.GroupStatistic;
import lathe.spi.operator.TilePacking;

/** Reads a number of every group, of a row or of a tile of sixteen rows. */
final class TileStatistic {
    private static final int ROWS = TilePacking.ROWS;

    private final int rows;
    private final int groups;
    private final GroupStatistic.Coded coded;
    private final long codes;
    private final FloatReader numbers;
    private final FloatReader zeros;

    TileStatistic(GroupStatistic statistic, int rows, int groups, RowMath math) {
        this.rows = rows;
        this.groups = groups;
        switch (statistic) {
            case GroupStatistic.Plain plain -> {
                this.coded = null;
                this.codes = 0;
                this.numbers = new FloatReader(plain.values(), math);
                this.zeros = null;
            }
            case GroupStatistic.Coded packed -> {
                this.coded = packed;
                this.codes = Memory.address(packed.codes());
                this.numbers = new FloatReader(packed.scales(), math);
                this.zeros = new FloatReader(packed.zeros(), math);
            }
        }
    }

    /** The numbers of a row's groups. */
    void row(int row, float[] to, int stride, int at) {
        for (int group = 0; group < groups; group++) {
            to[group * stride + at] = get(row, group);
        }
    }

    private float get(int row, int group) {
        if (coded == null) {
            return numbers.get((long) row * groups + group);
        }
        long second = (long) (row / coded.run()) * groups + group;
        return numbers.get(second) * (code(row, group) - zeros.get(second));
    }

    private int code(int row, int group) {
        int bits = coded.bits();
        int stride = 2 * TilePacking.tileRows(rows, row);
        int first = group % TilePacking.COLUMNS * bits;
        long at = codes + TilePacking.offset(rows, groups, bits, row, group / TilePacking.COLUMNS)
                + (long) stride * (first / 16);
        int word = Memory.getShort(at) & 0xffff;
        if (first % 16 + bits > 16) {
            word |= (Memory.getShort(at + stride) & 0xffff) << 16;
        }
        return word >>> first % 16 & (1 << bits) - 1;
    }

    /**
     * The numbers of a tile's groups.
     *
     * @param first first row of the tile
     * @param count its rows
     * @param to    receives [groups, 16]
     */
    void tile(int first, int count, float[] to) {
        boolean together = coded != null && (coded.run() % ROWS == 0 || coded.run() >= rows);
        if (together && count == ROWS && TileDot.fits()) {
            lanes(first, to);
            return;
        }
        for (int row = 0; row < count; row++) {
            row(first + row, to, ROWS, row);
        }
    }

    private void lanes(int first, float[] to) {
        int bits = coded.bits();
        int mask = (1 << bits) - 1;
        long second = (long) (first / coded.run()) * groups;
        try (Scratch.Frame frame = Scratch.frame()) {
            long scales = frame.floats(groups);
            long offsets = frame.floats(groups);
            numbers.read(second, groups, scales);
            zeros.read(second, groups, offsets);
            long tile = codes + TilePacking.offset(rows, groups, bits, first, 0);
            for (int group = 0; group < groups; group++) {
                int place = group % TilePacking.COLUMNS * bits;
                long at = tile + 2L * ROWS * (group / TilePacking.COLUMNS * bits + place / 16);
                float scale = Memory.getFloat(scales + 4L * group);
                float zero = Memory.getFloat(offsets + 4L * group);
                boolean reaches = place % 16 + bits > 16;
                for (int lane = 0; lane < ROWS; lane += N) {
                    IntVector word = word(at + 2L * lane);
                    if (reaches) {
                        word = word.or(word(at + 2L * ROWS + 2L * lane).lanewise(VectorOperators.LSHL, 16));
                    }
                    IntVector code = word.lanewise(VectorOperators.LSHR, place % 16).and(mask);
                    ((FloatVector) code.convert(VectorOperators.I2F, 0)).sub(zero).mul(scale)
                            .intoArray(to, ROWS * group + lane);
                }
            }
        }
    }

    private static IntVector word(long address) {
        return (IntVector) Lanes.shorts(address).convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
    }
}
