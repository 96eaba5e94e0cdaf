package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.I;
import static lathe.engine.kernels.Lanes.N;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

import lathe.engine.blas.CoreType;

/**
 * Products of an input with tiles of sixteen rows whose codes stand side by side: rows are lanes, so that small groups
 * cost nothing but their scales. Three instructions for N codes, two where masked half-words are read as subnormal
 * numbers ({@link SubnormalLoops}); masks and inputs are loaded once for two vectors of rows
 * where a tile has two. Bodies stay at eight pieces, since the compiler gives up inlining vector operations in larger
 * ones, and every piece of a pass has a sum of its own, so that additions do not wait for each other.
 */
final class TileDot {
    private static final int ROWS = 16;
    private static final int HALF_BYTES = 2;
    /** Whether half-words are read as subnormal numbers: pieces of inputs are 2^149 times as large, in some unit. */
    static final boolean SUBNORMAL = CoreType.quickSubnormals();

    private final TilePieces pieces;
    private final int bits;
    private final int groups;
    private final int units;
    /** Every mask N times. */
    private final int[] masks;

    /**
     * Products with weights of one shape.
     *
     * @param pieces how codes lie in half-words
     * @param bits   bits of a code
     * @param groups groups of a row
     * @param units  units of sixteen columns of a group
     */
    TileDot(TilePieces pieces, int bits, int groups, int units) {
        this.pieces = pieces;
        this.bits = bits;
        this.groups = groups;
        this.units = units;
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
     * One tile.
     *
     * @param codes  address of the tile
     * @param input  arranged input: every unit's pieces, then the sums of the groups
     * @param at     its first index
     * @param scales [groups, 16]
     * @param zeros  [groups, 16]
     * @param output receives 16 floats, in the input's unit
     */
    void apply(long codes, float[] input, int at, float[] scales, float[] zeros, long output) {
        if (N == ROWS) {
            if (pieces.pieces() == 3) {
                three(codes, input, at, scales, zeros, output);
            } else {
                four(codes, input, at, scales, zeros, output);
            }
            return;
        }
        for (int lane = 0; lane < ROWS; lane += 2 * N) {
            if (pieces.pieces() == 3) {
                threeTwice(codes, input, at, scales, zeros, lane, output);
            } else {
                fourTwice(codes, input, at, scales, zeros, lane, output);
            }
        }
    }

    private static IntVector word(long address) {
        return (IntVector) Lanes.shorts(address).convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
    }

    private static FloatVector piece(IntVector word, IntVector mask, FloatVector input, FloatVector sum) {
        if (SUBNORMAL) {
            return word.and(mask).reinterpretAsFloats().fma(input, sum);
        }
        return ((FloatVector) word.and(mask).convert(VectorOperators.I2F, 0)).fma(input, sum);
    }

    private void three(long codes, float[] input, int at, float[] scales, float[] zeros, long output) {
        int[] halves = pieces.halves();
        FloatVector sum = FloatVector.zero(F);
        long unit = codes;
        int x = at;
        int sums = at + groups * units * 3 * halves.length;
        for (int group = 0; group < groups; group++) {
            FloatVector a = FloatVector.zero(F);
            FloatVector b = a;
            FloatVector c = a;
            for (int u = 0; u < units; u++) {
                for (int pass = 0, m = 0; pass < halves.length; pass++, m += 3 * N, x += 3) {
                    IntVector word = word(unit + (long) HALF_BYTES * ROWS * halves[pass]);
                    a = piece(word, IntVector.fromArray(I, masks, m), FloatVector.broadcast(F, input[x]), a);
                    b = piece(word, IntVector.fromArray(I, masks, m + N), FloatVector.broadcast(F, input[x + 1]), b);
                    c = piece(word, IntVector.fromArray(I, masks, m + 2 * N), FloatVector.broadcast(F, input[x + 2]),
                            c);
                }
                unit += (long) HALF_BYTES * ROWS * bits;
            }
            sum = scaled(a.add(b).add(c), input[sums + group], scales, zeros, ROWS * group, sum);
        }
        Lanes.store(sum, output);
    }

    private void four(long codes, float[] input, int at, float[] scales, float[] zeros, long output) {
        int[] halves = pieces.halves();
        FloatVector sum = FloatVector.zero(F);
        long unit = codes;
        int x = at;
        int sums = at + groups * units * 4 * halves.length;
        for (int group = 0; group < groups; group++) {
            FloatVector a = FloatVector.zero(F);
            FloatVector b = a;
            FloatVector c = a;
            FloatVector d = a;
            for (int u = 0; u < units; u++) {
                for (int pass = 0, m = 0; pass < halves.length; pass++, m += 4 * N, x += 4) {
                    IntVector word = word(unit + (long) HALF_BYTES * ROWS * halves[pass]);
                    a = piece(word, IntVector.fromArray(I, masks, m), FloatVector.broadcast(F, input[x]), a);
                    b = piece(word, IntVector.fromArray(I, masks, m + N), FloatVector.broadcast(F, input[x + 1]), b);
                    c = piece(word, IntVector.fromArray(I, masks, m + 2 * N), FloatVector.broadcast(F, input[x + 2]),
                            c);
                    d = piece(word, IntVector.fromArray(I, masks, m + 3 * N), FloatVector.broadcast(F, input[x + 3]),
                            d);
                }
                unit += (long) HALF_BYTES * ROWS * bits;
            }
            sum = scaled(a.add(b).add(c.add(d)), input[sums + group], scales, zeros, ROWS * group, sum);
        }
        Lanes.store(sum, output);
    }

    private void threeTwice(long codes, float[] input, int at, float[] scales, float[] zeros, int lane, long output) {
        int[] halves = pieces.halves();
        FloatVector first = FloatVector.zero(F);
        FloatVector second = first;
        long unit = codes + (long) HALF_BYTES * lane;
        int x = at;
        int sums = at + groups * units * 3 * halves.length;
        for (int group = 0; group < groups; group++) {
            FloatVector a = FloatVector.zero(F);
            FloatVector b = a;
            FloatVector c = a;
            FloatVector p = a;
            FloatVector q = a;
            FloatVector r = a;
            for (int u = 0; u < units; u++) {
                for (int pass = 0, m = 0; pass < halves.length; pass++, m += 3 * N, x += 3) {
                    long half = unit + (long) HALF_BYTES * ROWS * halves[pass];
                    IntVector v = word(half);
                    IntVector w = word(half + HALF_BYTES * N);
                    IntVector mask = IntVector.fromArray(I, masks, m);
                    FloatVector y = FloatVector.broadcast(F, input[x]);
                    a = piece(v, mask, y, a);
                    p = piece(w, mask, y, p);
                    mask = IntVector.fromArray(I, masks, m + N);
                    y = FloatVector.broadcast(F, input[x + 1]);
                    b = piece(v, mask, y, b);
                    q = piece(w, mask, y, q);
                    mask = IntVector.fromArray(I, masks, m + 2 * N);
                    y = FloatVector.broadcast(F, input[x + 2]);
                    c = piece(v, mask, y, c);
                    r = piece(w, mask, y, r);
                }
                unit += (long) HALF_BYTES * ROWS * bits;
            }
            float inputs = input[sums + group];
            first = scaled(a.add(b).add(c), inputs, scales, zeros, ROWS * group + lane, first);
            second = scaled(p.add(q).add(r), inputs, scales, zeros, ROWS * group + lane + N, second);
        }
        Lanes.store(first, output + 4L * lane);
        Lanes.store(second, output + 4L * (lane + N));
    }

    private void fourTwice(long codes, float[] input, int at, float[] scales, float[] zeros, int lane, long output) {
        int[] halves = pieces.halves();
        FloatVector first = FloatVector.zero(F);
        FloatVector second = first;
        long unit = codes + (long) HALF_BYTES * lane;
        int x = at;
        int sums = at + groups * units * 4 * halves.length;
        for (int group = 0; group < groups; group++) {
            FloatVector a = FloatVector.zero(F);
            FloatVector b = a;
            FloatVector p = a;
            FloatVector q = a;
            for (int u = 0; u < units; u++) {
                for (int pass = 0, m = 0; pass < halves.length; pass++, m += 4 * N, x += 4) {
                    long half = unit + (long) HALF_BYTES * ROWS * halves[pass];
                    IntVector v = word(half);
                    IntVector w = word(half + HALF_BYTES * N);
                    IntVector mask = IntVector.fromArray(I, masks, m);
                    FloatVector y = FloatVector.broadcast(F, input[x]);
                    a = piece(v, mask, y, a);
                    p = piece(w, mask, y, p);
                    mask = IntVector.fromArray(I, masks, m + N);
                    y = FloatVector.broadcast(F, input[x + 1]);
                    b = piece(v, mask, y, b);
                    q = piece(w, mask, y, q);
                    mask = IntVector.fromArray(I, masks, m + 2 * N);
                    y = FloatVector.broadcast(F, input[x + 2]);
                    a = piece(v, mask, y, a);
                    p = piece(w, mask, y, p);
                    mask = IntVector.fromArray(I, masks, m + 3 * N);
                    y = FloatVector.broadcast(F, input[x + 3]);
                    b = piece(v, mask, y, b);
                    q = piece(w, mask, y, q);
                }
                unit += (long) HALF_BYTES * ROWS * bits;
            }
            float inputs = input[sums + group];
            first = scaled(a.add(b), inputs, scales, zeros, ROWS * group + lane, first);
            second = scaled(p.add(q), inputs, scales, zeros, ROWS * group + lane + N, second);
        }
        Lanes.store(first, output + 4L * lane);
        Lanes.store(second, output + 4L * (lane + N));
    }

    /** sum + scale * (codes - zero * inputs). */
    private static FloatVector scaled(FloatVector codes, float inputs, float[] scales, float[] zeros, int at,
            FloatVector sum) {
        FloatVector offset = FloatVector.fromArray(F, zeros, at).mul(inputs);
        return codes.sub(offset).fma(FloatVector.fromArray(F, scales, at), sum);
    }
}
