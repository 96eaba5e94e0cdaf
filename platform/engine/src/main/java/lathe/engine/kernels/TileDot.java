package lathe.engine.kernels;

import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_S2I;
import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.I;
import static lathe.engine.kernels.Lanes.N;
import static lathe.engine.kernels.Lanes.SHORTS;
import static lathe.engine.kernels.Memory.ALL;

import java.nio.ByteOrder;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

import lathe.engine.blas.CoreType;

/**
 * Products of an input with tiles of sixteen rows whose codes stand side by side: rows are lanes, so that small groups
 * cost nothing but their scales. Three instructions for N codes, two where masked half-words are read as subnormal
 * numbers ({@link SubnormalLoops}); masks and inputs are loaded once for two vectors of rows where a tile has two. A pass
 * is what a half-word holds, and every piece has a sum of its own, or shares it with one other, so that additions do not
 * wait for each other. All is written out, since in methods as long as these the compiler makes calls of small ones.
 * Vectors of sixteen lanes have {@link TileWords} for the common widths.
 *
 * <p>
 * Measured on 3 bits in groups of 16, in the cache: 45 cycles for 256 codes, at the six instructions a cycle that the
 * processor can begin. A body of a whole unit, masks that stay in registers, inputs outside the heap and a vector of rows
 * at a time were all slower: the bounds checks of this one keep the compiler from bringing everything forward, for which
 * there are not enough registers.
 */
final class TileDot {
    /** Groups of a call at most: their scales and offsets stay in the first-level cache beside the input. */
    static final int GROUPS = 128;
    private static final int ROWS = 16;
    private static final float[] NO_OFFSETS = new float[ROWS * GROUPS];
    private static final long HALVES = 2 * ROWS;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    /** Whether half-words are read as subnormal numbers: pieces of inputs are 2^149 times as large, in some unit. */
    static final boolean SUBNORMAL = CoreType.quickSubnormals();
    /** Steps of loops that must stay as they are: the compiler would cut those that take a constant in three. */
    private static final int[] ONE = {1};

    private final TilePieces pieces;
    private final int bits;
    private final int units;
    private final int groups;
    private final boolean words;
    /** Every mask N times. */
    private final int[] masks;

    /**
     * Products with weights of one shape.
     *
     * @param pieces how codes lie in half-words
     * @param bits   bits of a code
     * @param units  units of sixteen columns of a group
     * @param groups groups of a row
     */
    TileDot(TilePieces pieces, int bits, int units, int groups) {
        this.pieces = pieces;
        this.bits = bits;
        this.units = units;
        this.groups = groups;
        this.words = TileWords.fit(bits);
        this.masks = new int[pieces.masks().length * N];
        for (int i = 0; i < masks.length; i++) {
            masks[i] = pieces.masks()[i / N];
        }
    }

    /** Whether lanes divide tiles. */
    static boolean fits() {
        return ROWS % N == 0;
    }

    /**
     * Where the pieces of a unit of inputs begin. Words of all groups' first units are read in one loop, then those of their
     * second units, and so on.
     *
     * @param group the group
     * @param unit  unit of the group
     */
    int place(int group, int unit) {
        return pieces.masks().length * (words ? unit * groups + group : group * units + unit);
    }

    /**
     * Adds scale * (codes * inputs + offset) of some groups of a tile.
     *
     * @param codes   address of the tile
     * @param from    first group
     * @param to      group after the last, at most {@link #GROUPS} later
     * @param input   pieces of every unit of all groups, each at its {@link #place}
     * @param at      its first index
     * @param scales  [to - from, 16]
     * @param offsets [to - from, 16]
     * @param sums    16 sums, in the input's unit
     */
    void add(long codes, int from, int to, float[] input, int at, float[] scales, float[] offsets, float[] sums) {
        long first = codes + HALVES * bits * units * from;
        if (words) {
            for (int unit = 0; unit < units; unit++) {
                TileWords.add(first + HALVES * bits * unit, bits, HALVES * bits * units, to - from, input,
                        at + place(from, unit), scales, unit == 0 ? offsets : NO_OFFSETS, sums);
            }
            return;
        }
        int passes = units * pieces.halves().length;
        int x = at + place(from, 0);
        boolean six = pieces.pieces() == 6;
        int shift = Integer.numberOfTrailingZeros(pieces.passesOfHalf());
        if (N == ROWS) {
            fours(first, to - from, passes, shift, ONE[0], masks, input, x, scales, offsets, sums);
            return;
        }
        for (int lane = 0; lane < ROWS; lane += 2 * N) {
            if (six) {
                sixesTwice(first + 2L * lane, to - from, passes, ONE[0], masks, input, x, scales, offsets, lane, sums);
            } else {
                foursTwice(first + 2L * lane, to - from, passes, shift, ONE[0], masks, input, x, scales,
                        offsets, lane, sums);
            }
        }
    }

    /** Six pieces a half-word, two vectors of rows. */
    private static void sixesTwice(long codes, int groups, int passes, int one, int[] masks, float[] input,
            int at, float[] scales, float[] offsets, int lane, float[] sums) {
        long first = Memory.known(codes);
        long second = Memory.known(codes + 2L * N);
        FloatVector sum = FloatVector.fromArray(F, sums, lane);
        FloatVector other = FloatVector.fromArray(F, sums, lane + N);
        int half = 0;
        int m = 0;
        int x = at;
        for (int group = 0; group < groups; group++) {
            FloatVector a = FloatVector.fromArray(F, offsets, ROWS * group + lane);
            FloatVector b = FloatVector.zero(F);
            FloatVector c = b;
            FloatVector p = FloatVector.fromArray(F, offsets, ROWS * group + lane + N);
            FloatVector q = b;
            FloatVector r = b;
            for (int end = half + passes; half != end; half += one, x += 6) {
                long place = HALVES * (half & Integer.MAX_VALUE);
                IntVector v = (IntVector) ShortVector.fromMemorySegment(SHORTS, ALL, first + place, ORDER)
                        .convertShape(ZERO_EXTEND_S2I, I, 0);
                IntVector w = (IntVector) ShortVector.fromMemorySegment(SHORTS, ALL, second + place, ORDER)
                        .convertShape(ZERO_EXTEND_S2I, I, 0);
                IntVector mask = IntVector.fromArray(I, masks, m);
                FloatVector y = FloatVector.broadcast(F, input[x]);
                IntVector code = v.and(mask);
                a = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, a);
                code = w.and(mask);
                p = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, p);
                mask = IntVector.fromArray(I, masks, m + N);
                y = FloatVector.broadcast(F, input[x + 1]);
                code = v.and(mask);
                b = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, b);
                code = w.and(mask);
                q = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, q);
                mask = IntVector.fromArray(I, masks, m + 2 * N);
                y = FloatVector.broadcast(F, input[x + 2]);
                code = v.and(mask);
                c = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, c);
                code = w.and(mask);
                r = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, r);
                mask = IntVector.fromArray(I, masks, m + 3 * N);
                y = FloatVector.broadcast(F, input[x + 3]);
                code = v.and(mask);
                a = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, a);
                code = w.and(mask);
                p = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, p);
                mask = IntVector.fromArray(I, masks, m + 4 * N);
                y = FloatVector.broadcast(F, input[x + 4]);
                code = v.and(mask);
                b = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, b);
                code = w.and(mask);
                q = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, q);
                mask = IntVector.fromArray(I, masks, m + 5 * N);
                y = FloatVector.broadcast(F, input[x + 5]);
                code = v.and(mask);
                c = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, c);
                code = w.and(mask);
                r = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, r);
                m = m == masks.length - 6 * N ? 0 : m + 6 * N;
            }
            sum = a.add(b).add(c).fma(FloatVector.fromArray(F, scales, ROWS * group + lane), sum);
            other = p.add(q).add(r).fma(FloatVector.fromArray(F, scales, ROWS * group + lane + N), other);
        }
        sum.intoArray(sums, lane);
        other.intoArray(sums, lane + N);
    }

    /** Four pieces a pass, two vectors of rows. */
    private static void foursTwice(long codes, int groups, int passes, int shift, int one, int[] masks, float[] input,
            int at, float[] scales, float[] offsets, int lane, float[] sums) {
        long first = Memory.known(codes);
        long second = Memory.known(codes + 2L * N);
        FloatVector sum = FloatVector.fromArray(F, sums, lane);
        FloatVector other = FloatVector.fromArray(F, sums, lane + N);
        int pass = 0;
        int m = 0;
        int x = at;
        for (int group = 0; group < groups; group++) {
            FloatVector a = FloatVector.fromArray(F, offsets, ROWS * group + lane);
            FloatVector b = FloatVector.zero(F);
            FloatVector c = b;
            FloatVector d = b;
            FloatVector p = FloatVector.fromArray(F, offsets, ROWS * group + lane + N);
            FloatVector q = b;
            FloatVector r = b;
            FloatVector s = b;
            for (int end = pass + passes; pass != end; pass += one, x += 4) {
                long place = HALVES * (pass >>> shift & Integer.MAX_VALUE);
                IntVector v = (IntVector) ShortVector.fromMemorySegment(SHORTS, ALL, first + place, ORDER)
                        .convertShape(ZERO_EXTEND_S2I, I, 0);
                IntVector w = (IntVector) ShortVector.fromMemorySegment(SHORTS, ALL, second + place, ORDER)
                        .convertShape(ZERO_EXTEND_S2I, I, 0);
                IntVector mask = IntVector.fromArray(I, masks, m);
                FloatVector y = FloatVector.broadcast(F, input[x]);
                IntVector code = v.and(mask);
                a = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, a);
                code = w.and(mask);
                p = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, p);
                mask = IntVector.fromArray(I, masks, m + N);
                y = FloatVector.broadcast(F, input[x + 1]);
                code = v.and(mask);
                b = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, b);
                code = w.and(mask);
                q = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, q);
                mask = IntVector.fromArray(I, masks, m + 2 * N);
                y = FloatVector.broadcast(F, input[x + 2]);
                code = v.and(mask);
                c = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, c);
                code = w.and(mask);
                r = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, r);
                mask = IntVector.fromArray(I, masks, m + 3 * N);
                y = FloatVector.broadcast(F, input[x + 3]);
                code = v.and(mask);
                d = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, d);
                code = w.and(mask);
                s = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, s);
                m = m == masks.length - 4 * N ? 0 : m + 4 * N;
            }
            sum = a.add(b).add(c.add(d)).fma(FloatVector.fromArray(F, scales, ROWS * group + lane), sum);
            other = p.add(q).add(r.add(s)).fma(FloatVector.fromArray(F, scales, ROWS * group + lane + N), other);
        }
        sum.intoArray(sums, lane);
        other.intoArray(sums, lane + N);
    }

    /** Four pieces a pass, rows in one vector. */
    private static void fours(long codes, int groups, int passes, int shift, int one, int[] masks, float[] input,
            int at, float[] scales, float[] offsets, float[] sums) {
        long first = Memory.known(codes);
        FloatVector sum = FloatVector.fromArray(F, sums, 0);
        int pass = 0;
        int m = 0;
        int x = at;
        for (int group = 0; group < groups; group++) {
            FloatVector a = FloatVector.fromArray(F, offsets, ROWS * group);
            FloatVector b = FloatVector.zero(F);
            FloatVector c = b;
            FloatVector d = b;
            for (int end = pass + passes; pass != end; pass += one, x += 4) {
                long place = HALVES * (pass >>> shift & Integer.MAX_VALUE);
                IntVector v = (IntVector) ShortVector.fromMemorySegment(SHORTS, ALL, first + place, ORDER)
                        .convertShape(ZERO_EXTEND_S2I, I, 0);
                IntVector mask = IntVector.fromArray(I, masks, m);
                FloatVector y = FloatVector.broadcast(F, input[x]);
                IntVector code = v.and(mask);
                a = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, a);
                mask = IntVector.fromArray(I, masks, m + N);
                y = FloatVector.broadcast(F, input[x + 1]);
                code = v.and(mask);
                b = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, b);
                mask = IntVector.fromArray(I, masks, m + 2 * N);
                y = FloatVector.broadcast(F, input[x + 2]);
                code = v.and(mask);
                c = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, c);
                mask = IntVector.fromArray(I, masks, m + 3 * N);
                y = FloatVector.broadcast(F, input[x + 3]);
                code = v.and(mask);
                d = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0)).fma(y, d);
                m = m == masks.length - 4 * N ? 0 : m + 4 * N;
            }
            sum = a.add(b).add(c.add(d)).fma(FloatVector.fromArray(F, scales, ROWS * group), sum);
        }
        sum.intoArray(sums, 0);
    }
}
