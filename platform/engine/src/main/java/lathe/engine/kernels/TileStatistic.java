package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.I;
import static lathe.engine.kernels.Lanes.N;

import java.util.stream.IntStream;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

import lathe.spi.operator.GroupStatistic;
import lathe.spi.operator.TilePacking;

/** Reads a number of every group, of a row or of a tile of sixteen rows. */
final class TileStatistic {
    private static final int ROWS = TilePacking.ROWS;
    /** Bits of a half-word. */
    private static final int HALF = 16;

    private final int rows;
    private final int groups;
    private final GroupStatistic.Coded coded;
    private final long codes;
    private final FloatReader numbers;
    private final FloatReader zeros;
    /** Byte of a tile at which the half-word of a group's code begins. */
    private final int[] places;
    /** What of it is the code. */
    private final int[] masks;
    /** Where in it the code begins: two to the power of that, and one divided by it. */
    private final float[] powers;
    private final float[] parts;
    /** Groups whose codes reach into the next half-word, ascending. */
    private final int[] parted;

    TileStatistic(GroupStatistic statistic, int rows, int groups, RowMath math) {
        this.rows = rows;
        this.groups = groups;
        this.places = new int[groups];
        this.masks = new int[groups];
        this.powers = new float[groups];
        this.parts = new float[groups];
        switch (statistic) {
            case GroupStatistic.Plain plain -> {
                this.coded = null;
                this.codes = 0;
                this.numbers = new FloatReader(plain.values(), math);
                this.zeros = null;
                this.parted = new int[0];
            }
            case GroupStatistic.Coded packed -> {
                this.coded = packed;
                this.codes = Memory.address(packed.codes());
                this.numbers = new FloatReader(packed.scales(), math);
                this.zeros = new FloatReader(packed.zeros(), math);
                this.parted = places(packed.bits());
            }
        }
    }

    private int[] places(int bits) {
        for (int group = 0; group < groups; group++) {
            int first = group % TilePacking.COLUMNS * bits;
            int shift = first % HALF;
            places[group] = 2 * ROWS * (group / TilePacking.COLUMNS * bits + first / HALF);
            masks[group] = (1 << bits) - 1 << shift;
            powers[group] = 1 << shift;
            parts[group] = 1f / powers[group];
        }
        return IntStream.range(0, groups).filter(group -> masks[group] >= 1 << HALF).toArray();
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

    /**
     * Codes within a half-word are read where they lie: what their place multiplies them by is exact, and divided out.
     * The others, which are few, have a loop of their own.
     */
    private void lanes(int first, float[] to) {
        long second = (long) (first / coded.run()) * groups;
        long tile = codes + TilePacking.offset(rows, groups, coded.bits(), first, 0);
        float[] scale = HeapScratch.stepScales(groups);
        float[] zero = HeapScratch.stepZeros(groups);
        numbers.read(second, groups, scale);
        zeros.read(second, groups, zero);
        for (int group = 0; group < groups; group++) {
            scale[group] *= parts[group];
            zero[group] *= powers[group];
        }
        for (int lane = 0; lane < ROWS; lane += N) {
            whole(tile + 2L * lane, groups, places, masks, zero, scale, to, lane);
            parted(tile + 2L * lane, zero, scale, to, lane);
        }
    }

    /** All codes as if half-words had them whole. */
    private static void whole(
            long tile, int count, int[] places, int[] masks, float[] zero, float[] scale, float[] to, int lane) {
        for (int group = 0; group < count; group++) {
            IntVector code = word(tile + places[group]).and(masks[group]);
            ((FloatVector) code.convert(VectorOperators.I2F, 0)).sub(zero[group]).mul(scale[group])
                    .intoArray(to, ROWS * group + lane);
        }
    }

    /** Codes of which the next half-word has the upper part. */
    private void parted(long tile, float[] zero, float[] scale, float[] to, int lane) {
        for (int group : parted) {
            long half = tile + places[group];
            IntVector upper = word(half + 2L * ROWS).and(masks[group] >>> HALF).mul(1 << HALF);
            IntVector code = word(half).and(masks[group] & 0xffff).add(upper);
            ((FloatVector) code.convert(VectorOperators.I2F, 0)).sub(zero[group]).mul(scale[group])
                    .intoArray(to, ROWS * group + lane);
        }
    }

    private static IntVector word(long address) {
        return (IntVector) Lanes.shorts(address).convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
    }
}
