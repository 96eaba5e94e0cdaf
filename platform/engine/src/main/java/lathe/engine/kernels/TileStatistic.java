package lathe.engine.kernels;

import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_S2I;
import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.I;
import static lathe.engine.kernels.Lanes.N;
import static lathe.engine.kernels.Lanes.SHORTS;
import static lathe.engine.kernels.Memory.ALL;

import java.nio.ByteOrder;
import java.util.stream.IntStream;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

import lathe.spi.operator.GroupStatistic;
import lathe.spi.operator.TilePacking;
import lathe.spi.tensor.DataType;

/** Reads a number of every group, of a row or of a tile of sixteen rows. */
final class TileStatistic {
    private static final int ROWS = TilePacking.ROWS;
    /** Bits of a half-word. */
    private static final int HALF = 16;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

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
    /** Where in it, or in its word, the code begins: one divided by two to the power of that. */
    private final float[] parts;
    /** Groups whose codes reach into the next half-word, ascending. */
    private final int[] parted;

    TileStatistic(GroupStatistic statistic, int rows, int groups, RowMath math) {
        this.rows = rows;
        this.groups = groups;
        this.places = new int[groups];
        this.masks = new int[groups];
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
            parts[group] = 1f / (1 << (TileWords.fit(bits) ? group % TileWords.WORDS * bits : shift));
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

    /** Whether the rows of a tile have their second level in common, so that they can be lanes. */
    private boolean together() {
        return coded != null && TileDot.fits() && (coded.run() % ROWS == 0 || coded.run() >= rows);
    }

    /** The numbers of all groups of some rows of a tile: [groups, 16]. */
    void rows(int first, int count, float[] to) {
        for (int row = 0; row < count; row++) {
            row(first + row, to, ROWS, row);
        }
    }

    /**
     * The numbers of some groups of a whole tile, each group's times a factor.
     *
     * @param first   first row of the tile
     * @param from    first group, a multiple of sixteen
     * @param end     group after the last
     * @param factors the factors, or null for 1
     * @param at      index of the first group's
     * @param to      receives [end - from, 16]; more may be written, up to a multiple of sixteen groups
     */
    void tile(int first, int from, int end, float[] factors, int at, float[] to) {
        if (!together()) {
            for (int group = from; group < end; group++) {
                float factor = factors == null ? 1 : factors[at + group - from];
                for (int row = 0; row < ROWS; row++) {
                    to[ROWS * (group - from) + row] = factor * get(first + row, group);
                }
            }
            return;
        }
        int count = end - from;
        long second = (long) (first / coded.run()) * groups + from;
        long tile = codes + TilePacking.offset(rows, groups, coded.bits(), first, 0);
        int space = count + TilePacking.COLUMNS - 1 & -TilePacking.COLUMNS;
        float[] slopes = HeapScratch.stepScales(space);
        float[] bases = HeapScratch.stepZeros(space);
        if (numbers.type() == DataType.F16 && zeros.type() == DataType.F16) {
            halfLines(numbers.at(second), zeros.at(second), count, parts, from, factors, at, slopes, bases);
        } else {
            numbers.read(second, count, slopes);
            zeros.read(second, count, bases);
            lines(slopes, bases, 0, count, parts, from, factors, at);
        }
        if (TileWords.fit(coded.bits())) {
            TileWords.lines(tile + 2L * coded.bits() * from, coded.bits(), count, slopes, bases, to);
            return;
        }
        if (coded.bits() == 3 && count % TilePacking.COLUMNS == 0) {
            unitsOfThree(tile + 6L * ROWS * (from / TilePacking.COLUMNS), count, slopes, bases, to);
            return;
        }
        for (int lane = 0; lane < ROWS; lane += N) {
            whole(tile + 2L * lane, count, places, masks, from, slopes, bases, to, lane);
            parted(tile + 2L * lane, count, places, masks, from, parted, slopes, to, lane);
        }
    }

    /** Whole units of codes of three bits, a half-word and two vectors of rows at a time: half the instructions. */
    private static void unitsOfThree(long unit, int count, float[] slopes, float[] bases, float[] to) {
        for (int lane = 0; lane < ROWS; lane += 2 * N) {
            fives(unit + 2L * lane, count, 0, 7, slopes, bases, to, lane);
            fives(unit + 2L * (lane + ROWS), count, 6, 7 << 2, slopes, bases, to, lane);
            fives(unit + 2L * (lane + 2 * ROWS), count, 11, 7 << 1, slopes, bases, to, lane);
            between(unit + 2L * lane, count, slopes, bases, to, lane);
        }
    }

    /** Five codes of a half-word of every unit, the last perhaps without its upper part. */
    private static void fives(long half, int count, int first, int mask, float[] slopes, float[] bases, float[] to,
            int lane) {
        long start = Memory.known(half);
        for (int unit = 0; unit < count; unit += 16) {
            int group = unit + first;
            long at = start + 6L * (unit & Integer.MAX_VALUE);
            IntVector v = (IntVector) ShortVector.fromMemorySegment(SHORTS, ALL, at, ORDER)
                    .convertShape(ZERO_EXTEND_S2I, I, 0);
            IntVector w = (IntVector) ShortVector.fromMemorySegment(SHORTS, ALL, at + 2L * N, ORDER)
                    .convertShape(ZERO_EXTEND_S2I, I, 0);
            IntVector code = v.and(mask);
            FloatVector slope = FloatVector.broadcast(F, slopes[group]);
            FloatVector base = FloatVector.broadcast(F, bases[group]);
            ((FloatVector) code.convert(I2F, 0)).fma(slope, base).intoArray(to, ROWS * group + lane);
            code = w.and(mask);
            ((FloatVector) code.convert(I2F, 0)).fma(slope, base).intoArray(to, ROWS * group + lane + N);
            code = v.and(mask << 3 & 0xffff);
            slope = FloatVector.broadcast(F, slopes[group + 1]);
            base = FloatVector.broadcast(F, bases[group + 1]);
            ((FloatVector) code.convert(I2F, 0)).fma(slope, base).intoArray(to, ROWS * (group + 1) + lane);
            code = w.and(mask << 3 & 0xffff);
            ((FloatVector) code.convert(I2F, 0)).fma(slope, base).intoArray(to, ROWS * (group + 1) + lane + N);
            code = v.and(mask << 6 & 0xffff);
            slope = FloatVector.broadcast(F, slopes[group + 2]);
            base = FloatVector.broadcast(F, bases[group + 2]);
            ((FloatVector) code.convert(I2F, 0)).fma(slope, base).intoArray(to, ROWS * (group + 2) + lane);
            code = w.and(mask << 6 & 0xffff);
            ((FloatVector) code.convert(I2F, 0)).fma(slope, base).intoArray(to, ROWS * (group + 2) + lane + N);
            code = v.and(mask << 9 & 0xffff);
            slope = FloatVector.broadcast(F, slopes[group + 3]);
            base = FloatVector.broadcast(F, bases[group + 3]);
            ((FloatVector) code.convert(I2F, 0)).fma(slope, base).intoArray(to, ROWS * (group + 3) + lane);
            code = w.and(mask << 9 & 0xffff);
            ((FloatVector) code.convert(I2F, 0)).fma(slope, base).intoArray(to, ROWS * (group + 3) + lane + N);
            code = v.and(mask << 12 & 0xffff);
            slope = FloatVector.broadcast(F, slopes[group + 4]);
            base = FloatVector.broadcast(F, bases[group + 4]);
            ((FloatVector) code.convert(I2F, 0)).fma(slope, base).intoArray(to, ROWS * (group + 4) + lane);
            code = w.and(mask << 12 & 0xffff);
            ((FloatVector) code.convert(I2F, 0)).fma(slope, base).intoArray(to, ROWS * (group + 4) + lane + N);
        }
    }

    /** Code 5 of every unit, of which the first half-word has a bit, and the last bit of code 10. */
    private static void between(long half, int count, float[] slopes, float[] bases, float[] to, int lane) {
        long start = Memory.known(half);
        for (int unit = 0; unit < count; unit += 16) {
            long at = start + 6L * (unit & Integer.MAX_VALUE);
            for (int n = 0; n < 2 * N; n += N) {
                FloatVector slope = FloatVector.broadcast(F, slopes[unit + 5]);
                IntVector v = (IntVector) ShortVector.fromMemorySegment(SHORTS, ALL, at + 2L * n, ORDER)
                        .convertShape(ZERO_EXTEND_S2I, I, 0);
                IntVector w = (IntVector) ShortVector.fromMemorySegment(SHORTS, ALL, at + 2L * (n + ROWS), ORDER)
                        .convertShape(ZERO_EXTEND_S2I, I, 0);
                IntVector code = v.and(1 << HALF - 1).add(w.and(3).mul(1 << HALF));
                ((FloatVector) code.convert(I2F, 0)).fma(slope, FloatVector.broadcast(F, bases[unit + 5])).intoArray(to,
                        ROWS * (unit + 5) + lane + n);
                v = (IntVector) ShortVector.fromMemorySegment(SHORTS, ALL, at + 2L * (n + 2 * ROWS), ORDER)
                        .convertShape(ZERO_EXTEND_S2I, I, 0);
                ((FloatVector) v.and(1).convert(I2F, 0))
                        .fma(FloatVector.broadcast(F, slopes[unit + 10] * (1 << HALF)),
                                FloatVector.fromArray(F, to, ROWS * (unit + 10) + lane + n))
                        .intoArray(to, ROWS * (unit + 10) + lane + n);
            }
        }
    }

    /** What {@link #lines} does, from stored numbers of 16 bits. */
    private static void halfLines(long scales, long zeros, int count, float[] parts, int from, float[] factors, int at,
            float[] slopes, float[] bases) {
        long scale = Memory.known(scales);
        long zero = Memory.known(zeros);
        int group = 0;
        for (; group <= count - N; group += N) {
            long place = 2L * (group & Integer.MAX_VALUE);
            FloatVector slope = VectorRowMath.topF16(((IntVector) ShortVector
                    .fromMemorySegment(SHORTS, ALL, scale + place, ORDER).convertShape(ZERO_EXTEND_S2I, I, 0))
                    .lanewise(LSHL, HALF));
            FloatVector base = VectorRowMath.topF16(((IntVector) ShortVector
                    .fromMemorySegment(SHORTS, ALL, zero + place, ORDER).convertShape(ZERO_EXTEND_S2I, I, 0))
                    .lanewise(LSHL, HALF));
            slope = factors == null ? slope : slope.mul(FloatVector.fromArray(F, factors, at + group));
            slope.mul(base).neg().intoArray(bases, group);
            slope.mul(FloatVector.fromArray(F, parts, from + group)).intoArray(slopes, group);
        }
        for (int i = group; i < count; i++) {
            slopes[i] = Float.float16ToFloat(Memory.getShort(scale + 2L * i));
            bases[i] = Float.float16ToFloat(Memory.getShort(zero + 2L * i));
        }
        lines(slopes, bases, group, count, parts, from, factors, at);
    }

    /** Turns scale * (code - zero) * factor into slope * masked half-word + base. */
    private static void lines(float[] slopes, float[] bases, int first, int count, float[] parts, int from,
            float[] factors, int at) {
        int group = first;
        for (; group <= count - N; group += N) {
            FloatVector slope = FloatVector.fromArray(F, slopes, group);
            slope = factors == null ? slope : slope.mul(FloatVector.fromArray(F, factors, at + group));
            slope.mul(FloatVector.fromArray(F, bases, group)).neg().intoArray(bases, group);
            slope.mul(FloatVector.fromArray(F, parts, from + group)).intoArray(slopes, group);
        }
        for (; group < count; group++) {
            float slope = factors == null ? slopes[group] : slopes[group] * factors[at + group];
            bases[group] = -(slope * bases[group]);
            slopes[group] = slope * parts[from + group];
        }
    }

    /** Codes are read where they lie: what their place multiplies them by is exact, and divided out of the slope. */
    private static void whole(long tile, int count, int[] places, int[] masks, int from, float[] slopes, float[] bases,
            float[] to, int lane) {
        long start = Memory.known(tile);
        for (int group = 0; group < count; group++) {
            long half = start + (places[from + group] & Integer.MAX_VALUE);
            IntVector code = ((IntVector) ShortVector.fromMemorySegment(SHORTS, ALL, half, ORDER)
                    .convertShape(ZERO_EXTEND_S2I, I, 0)).and(masks[from + group] & 0xffff);
            ((FloatVector) code.convert(I2F, 0)).fma(FloatVector.broadcast(F, slopes[group]),
                    FloatVector.broadcast(F, bases[group])).intoArray(to, ROWS * group + lane);
        }
    }

    /** Adds what the next half-word has of codes, which are few. */
    private static void parted(long tile, int count, int[] places, int[] masks, int from, int[] parted, float[] slopes,
            float[] to, int lane) {
        long start = Memory.known(tile + 2L * ROWS);
        for (int place = 0; place < parted.length; place++) {
            int group = parted[place] - from;
            if (group >= 0 && group < count) {
                long half = start + (places[from + group] & Integer.MAX_VALUE);
                IntVector code = ((IntVector) ShortVector.fromMemorySegment(SHORTS, ALL, half, ORDER)
                        .convertShape(ZERO_EXTEND_S2I, I, 0)).and(masks[from + group] >>> HALF);
                ((FloatVector) code.convert(I2F, 0)).fma(FloatVector.broadcast(F, slopes[group] * (1 << HALF)),
                        FloatVector.fromArray(F, to, ROWS * group + lane)).intoArray(to, ROWS * group + lane);
            }
        }
    }
}
