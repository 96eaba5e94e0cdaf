package lathe.engine.kernels;

import java.util.Arrays;
import java.util.List;

import lathe.spi.operator.TilePacking;
import lathe.spi.operator.TileQuantized;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/** Codes by tiles of sixteen rows, scales and zero points perhaps in codes themselves, columns perhaps in another order. */
final class TileQuantizedKernel extends RowKernel {
    private static final int ROWS = TilePacking.ROWS;
    /** Inputs below 2 to the one more than this have a unit; larger ones leave no room for it. */
    private static final int LARGEST_EXPONENT = 90;
    /** Parts of codes that reach into the next half-word are that many powers of two larger at most. */
    private static final int ROOM = 8;

    private final int bits;
    private final int group;
    private final int groups;
    private final int units;
    private final long codes;
    private final long rowBytes;
    private final TileStatistic scales;
    private final TileStatistic zeros;
    private final int[] order;
    private final TilePieces pieces;
    private final TileDot product;
    private final Arrangement arrangement;

    TileQuantizedKernel(TileQuantized operator, KernelTools tools) {
        super(operator.outFeatures(), operator.inFeatures(), List.copyOf(operator.parts().values()), tools);
        this.bits = operator.bits();
        this.group = operator.group();
        this.groups = operator.groups();
        this.units = operator.slots() / groups / TilePacking.COLUMNS;
        this.codes = Memory.address(operator.codes());
        this.rowBytes = TilePacking.bytes(1, operator.slots(), bits);
        this.scales = new TileStatistic(operator.scales(), outFeatures(), groups, tools.math());
        this.zeros = new TileStatistic(operator.zeros(), outFeatures(), groups, tools.math());
        this.order = operator.order().map(columns -> order(columns, operator.inFeatures())).orElse(null);
        this.pieces = TilePieces.of(bits);
        this.product = tools.math().hasLanes() && TileDot.fits() ? new TileDot(pieces, bits, units, groups) : null;
        this.arrangement = new Arrangement(bits, group, inFeatures(), order);
    }

    /** Kernels read and write by stored columns, so a wrong one must be found here. */
    private static int[] order(Tensor columns, int count) {
        int[] order = columns.type() == DataType.I32 ? columns.toInts() : new int[count];
        boolean[] seen = new boolean[count];
        for (int i = 0; i < count; i++) {
            order[i] = columns.type() == DataType.I32 ? order[i] : (int) columns.get(i);
            if (order[i] < 0 || order[i] >= count || seen[order[i]]) {
                throw new IllegalArgumentException("The order of columns names column " + order[i]
                        + (order[i] < 0 || order[i] >= count ? " of " + count + "." : " twice."));
            }
            seen[order[i]] = true;
        }
        return order;
    }

    private int column(int place) {
        return order == null ? place : order[place];
    }

    @Override
    int rowUnit() {
        return ROWS;
    }

    /** Weights of one layer are often in the same order, each with a copy of it. */
    private record Arrangement(int bits, int group, int columns, int[] order) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Arrangement that && bits == that.bits && group == that.group
                    && columns == that.columns && Arrays.equals(order, that.order);
        }

        @Override
        public int hashCode() {
            return 31 * (31 * bits + group) + columns;
        }
    }

    @Override
    Object arrangement() {
        return product == null ? super.arrangement() : arrangement;
    }

    @Override
    int arrangedSize() {
        return product == null ? super.arrangedSize() : groups * (units * pieces.masks().length + 1) + 1;
    }

    /**
     * The pieces of every unit, then what the sum of every group is subtracted with, then the unit of all, 0 where there is
     * none.
     */
    @Override
    void arrange(long input, float[] to, int at) {
        if (product == null) {
            super.arrange(input, to, at);
            return;
        }
        float[] plain = HeapScratch.plain(inFeatures());
        int exponent = TileDot.SUBNORMAL ? largestExponent(inOrder(input, plain)) : 0;
        if (!TileDot.SUBNORMAL) {
            inOrder(input, plain);
        }
        boolean fits = exponent <= LARGEST_EXPONENT;
        // Products of subnormal codes are as large as the input then; all are powers of two, so nothing is rounded.
        float unit = !TileDot.SUBNORMAL ? 1 : fits ? Math.scalb(1f, exponent + 23 + ROOM) : 0;
        int up = TileDot.SUBNORMAL && fits ? 126 - ROOM - exponent : 0;
        sums(plain, unit, to, at + groups * units * pieces.masks().length);
        // In two steps, since the power may be beyond the largest number.
        float half = Math.scalb(1f, up / 2);
        float rest = Math.scalb(1f, up - up / 2);
        for (int i = 0; i < inFeatures(); i++) {
            plain[i] = plain[i] * half * rest;
        }
        pieces(plain, to, at);
    }

    /** Copies the input in the order of the stored columns; the bits of its largest number, without sign. */
    private int inOrder(long input, float[] to) {
        int largest = 0;
        for (int i = 0; i < inFeatures(); i++) {
            int bits = Memory.getInt(input + 4L * column(i));
            largest = Math.max(largest, bits & 0x7fffffff);
            to[i] = Float.intBitsToFloat(bits);
        }
        return largest;
    }

    private static int largestExponent(int bits) {
        return Math.max(Float.MIN_EXPONENT, Math.getExponent(Float.intBitsToFloat(bits)));
    }

    /** Minus the sum of every group, in units. */
    private void sums(float[] plain, float unit, float[] to, int at) {
        for (int g = 0; g < groups; g++) {
            double sum = 0;
            for (int i = g * group; i < Math.min((g + 1) * group, inFeatures()); i++) {
                sum += plain[i];
            }
            to[at + g] = unit == 0 ? (float) -sum : (float) -sum / unit;
        }
        to[at + groups] = unit;
    }

    private void pieces(float[] plain, float[] to, int at) {
        for (int g = 0; g < groups; g++) {
            int count = Math.min(group, inFeatures() - g * group);
            for (int unit = 0; unit < units; unit++) {
                int place = unit * TilePacking.COLUMNS;
                pieces(plain, g * group + place, Math.min(count - place, TilePacking.COLUMNS), to,
                        at + product.place(g, unit));
            }
        }
    }

    private void pieces(float[] plain, int first, int count, float[] to, int at) {
        int[] columns = pieces.columns();
        float[] factors = pieces.factors();
        for (int piece = 0; piece < columns.length; piece++) {
            to[at + piece] = columns[piece] < count ? plain[first + columns[piece]] * factors[piece] : 0;
        }
    }

    @Override
    void multiply(int from, int to, float[] input, int at, long output) {
        if (product == null) {
            super.multiply(from, to, input, at, output);
            return;
        }
        float[] sums = new float[ROWS];
        float unit = input[at + arrangedSize() - 1];
        for (int row = from; row < to; row += ROWS) {
            int count = TilePacking.tileRows(outFeatures(), row);
            if (count == ROWS && unit != 0) {
                multiplyTile(row, input, at, sums);
                for (int i = 0; i < ROWS; i++) {
                    Memory.setFloat(output + 4L * (row - from + i), sums[i] * unit);
                }
            } else {
                multiplyRows(row, count, input, at, output + 4L * (row - from));
            }
        }
    }

    /** Some groups at a time, so that their scales and zero points stay in the first-level cache beside the input. */
    private void multiplyTile(int row, float[] input, int at, float[] sums) {
        float[] scale = HeapScratch.scales(ROWS * TileDot.GROUPS);
        float[] offset = HeapScratch.zeros(ROWS * TileDot.GROUPS);
        int ofGroups = at + groups * units * pieces.masks().length;
        Arrays.fill(sums, 0);
        for (int group = 0; group < groups; group += TileDot.GROUPS) {
            int end = Math.min(groups, group + TileDot.GROUPS);
            scales.tile(row, group, end, null, 0, scale);
            zeros.tile(row, group, end, input, ofGroups + group, offset);
            product.add(codes + rowBytes * row, group, end, input, at, scale, offset, sums);
        }
    }

    private void multiplyRows(int row, int count, float[] input, int at, long output) {
        float[] scale = HeapScratch.scales(groups * ROWS);
        float[] zero = HeapScratch.zeros(groups * ROWS);
        scales.rows(row, count, scale);
        zeros.rows(row, count, zero);
        for (int i = 0; i < count; i++) {
            Memory.setFloat(output + 4L * i, dot(row + i, input, at, scale, zero, i));
        }
    }

    /** A row of the last tile, which has fewer than sixteen, or one of inputs that have no unit. */
    private float dot(int row, float[] input, int at, float[] scale, float[] zero, int lane) {
        int stride = 2 * TilePacking.tileRows(outFeatures(), row);
        double unit = input[at + arrangedSize() - 1];
        double ofProducts = TileDot.SUBNORMAL && unit != 0 ? unit * Math.scalb(1.0, -149) : 1;
        double sum = 0;
        for (int g = 0; g < groups; g++) {
            double products = 0;
            for (int u = 0; u < units; u++) {
                products += products(address(row, g * units + u), stride, input, at + product.place(g, u));
            }
            double inputs = input[at + groups * units * pieces.masks().length + g] * (unit == 0 ? 1 : unit);
            sum += scale[ROWS * g + lane] * (products * ofProducts + zero[ROWS * g + lane] * inputs);
        }
        return (float) sum;
    }

    /** The products of the pieces of a unit. */
    private double products(long unit, int stride, float[] input, int at) {
        double sum = 0;
        for (int piece = 0; piece < pieces.masks().length; piece++) {
            int pass = piece / pieces.pieces();
            int word = word(unit, stride, pieces.halves()[pass]) >>> pieces.shifts()[pass];
            sum += (double) (word & pieces.masks()[piece]) * input[at + piece];
        }
        return sum;
    }

    /** A half-word of a unit and the one behind it, if there is one. */
    private int word(long unit, int stride, int half) {
        long at = unit + (long) stride * half;
        int lower = Memory.getShort(at) & 0xffff;
        return half + 1 < bits ? lower | Memory.getShort(at + stride) << 16 : lower;
    }

    private long address(int row, int unit) {
        return codes + TilePacking.offset(outFeatures(), groups * units * TilePacking.COLUMNS, bits, row, unit);
    }

    @Override
    void decodeRow(int row, long to) {
        float[] scale = HeapScratch.scales(groups);
        float[] zero = HeapScratch.zeros(groups);
        scales.row(row, scale, 1, 0);
        zeros.row(row, zero, 1, 0);
        int stride = 2 * TilePacking.tileRows(outFeatures(), row);
        int mask = (1 << bits) - 1;
        for (int unit = 0; unit < groups * units; unit++) {
            int g = unit / units;
            int place = unit % units * TilePacking.COLUMNS;
            int count = Math.min(Math.min(group, inFeatures() - g * group) - place, TilePacking.COLUMNS);
            long words = address(row, unit);
            int read = 0;
            long buffer = 0;
            int held = 0;
            for (int j = 0; j < count; j++) {
                if (held < bits) {
                    buffer |= (long) (Memory.getShort(words + (long) stride * read++) & 0xffff) << held;
                    held += 16;
                }
                Memory.setFloat(to + 4L * column(g * group + place + j), scale[g] * (((int) buffer & mask) - zero[g]));
                buffer >>>= bits;
                held -= bits;
            }
        }
    }
}
