package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.I;
import static lathe.engine.kernels.Lanes.N;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Products of an input with tiles of sixteen rows whose codes stand side by side: rows are lanes, so that small groups
 * cost nothing but their scales. Three instructions and two broadcast loads for N codes.
 *
 * @param pieces how codes lie in half-words
 * @param groups groups of a row
 * @param units  units of sixteen columns of a group
 */
record TileDot(TilePieces pieces, int groups, int units) {
    private static final int ROWS = 16;
    private static final int HALF_BYTES = 2;

    /** Whether lanes divide tiles. */
    static boolean fits() {
        return ROWS % N == 0;
    }

    /**
     * One tile.
     *
     * @param codes  address of the tile
     * @param bits   bits of a code
     * @param input  arranged input: every unit's pieces, then the sums of the groups
     * @param at     its first index
     * @param scales [groups, 16]
     * @param zeros  [groups, 16]
     * @param output receives 16 floats
     */
    void apply(long codes, int bits, float[] input, int at, float[] scales, float[] zeros, long output) {
        for (int lane = 0; lane < ROWS; lane += N) {
            long from = codes + (long) HALF_BYTES * lane;
            FloatVector sum = switch (pieces.pieces()) {
                case 4 -> four(from, bits, input, at, scales, zeros, lane);
                case 6 -> six(from, bits, input, at, scales, zeros, lane);
                default -> eight(from, bits, input, at, scales, zeros, lane);
            };
            Lanes.store(sum, output + 4L * lane);
        }
    }

    private static IntVector word(long address) {
        return (IntVector) Lanes.shorts(address).convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
    }

    private static FloatVector piece(IntVector word, int mask, float input, FloatVector sum) {
        return ((FloatVector) word.and(mask).convert(VectorOperators.I2F, 0)).fma(FloatVector.broadcast(F, input), sum);
    }

    private FloatVector four(long codes, int bits, float[] input, int at, float[] scales, float[] zeros, int lane) {
        int[] masks = pieces.masks();
        int[] halves = pieces.halves();
        FloatVector sum = FloatVector.zero(F);
        long unit = codes;
        int x = at;
        int sums = at + groups * units * masks.length;
        for (int group = 0; group < groups; group++) {
            FloatVector a = FloatVector.zero(F);
            FloatVector b = a;
            for (int u = 0; u < units; u++) {
                for (int pass = 0, m = 0; pass < halves.length; pass++, m += 4, x += 4) {
                    IntVector word = word(unit + (long) HALF_BYTES * ROWS * halves[pass]);
                    a = piece(word, masks[m], input[x], a);
                    b = piece(word, masks[m + 1], input[x + 1], b);
                    a = piece(word, masks[m + 2], input[x + 2], a);
                    b = piece(word, masks[m + 3], input[x + 3], b);
                }
                unit += (long) HALF_BYTES * ROWS * bits;
            }
            sum = scaled(a.add(b), input[sums + group], scales, zeros, ROWS * group + lane, sum);
        }
        return sum;
    }

    private FloatVector six(long codes, int bits, float[] input, int at, float[] scales, float[] zeros, int lane) {
        int[] masks = pieces.masks();
        int[] halves = pieces.halves();
        FloatVector sum = FloatVector.zero(F);
        long unit = codes;
        int x = at;
        int sums = at + groups * units * masks.length;
        for (int group = 0; group < groups; group++) {
            FloatVector a = FloatVector.zero(F);
            FloatVector b = a;
            for (int u = 0; u < units; u++) {
                for (int pass = 0, m = 0; pass < halves.length; pass++, m += 6, x += 6) {
                    IntVector word = word(unit + (long) HALF_BYTES * ROWS * halves[pass]);
                    a = piece(word, masks[m], input[x], a);
                    b = piece(word, masks[m + 1], input[x + 1], b);
                    a = piece(word, masks[m + 2], input[x + 2], a);
                    b = piece(word, masks[m + 3], input[x + 3], b);
                    a = piece(word, masks[m + 4], input[x + 4], a);
                    b = piece(word, masks[m + 5], input[x + 5], b);
                }
                unit += (long) HALF_BYTES * ROWS * bits;
            }
            sum = scaled(a.add(b), input[sums + group], scales, zeros, ROWS * group + lane, sum);
        }
        return sum;
    }

    private FloatVector eight(long codes, int bits, float[] input, int at, float[] scales, float[] zeros, int lane) {
        int[] masks = pieces.masks();
        int[] halves = pieces.halves();
        FloatVector sum = FloatVector.zero(F);
        long unit = codes;
        int x = at;
        int sums = at + groups * units * masks.length;
        for (int group = 0; group < groups; group++) {
            FloatVector a = FloatVector.zero(F);
            FloatVector b = a;
            for (int u = 0; u < units; u++) {
                for (int pass = 0, m = 0; pass < halves.length; pass++, m += 8, x += 8) {
                    IntVector word = word(unit + (long) HALF_BYTES * ROWS * halves[pass]);
                    a = piece(word, masks[m], input[x], a);
                    b = piece(word, masks[m + 1], input[x + 1], b);
                    a = piece(word, masks[m + 2], input[x + 2], a);
                    b = piece(word, masks[m + 3], input[x + 3], b);
                    a = piece(word, masks[m + 4], input[x + 4], a);
                    b = piece(word, masks[m + 5], input[x + 5], b);
                    a = piece(word, masks[m + 6], input[x + 6], a);
                    b = piece(word, masks[m + 7], input[x + 7], b);
                }
                unit += (long) HALF_BYTES * ROWS * bits;
            }
            sum = scaled(a.add(b), input[sums + group], scales, zeros, ROWS * group + lane, sum);
        }
        return sum;
    }

    /** sum + scale * (codes - zero * inputs). */
    private static FloatVector scaled(FloatVector codes, float inputs, float[] scales, float[] zeros, int at,
            FloatVector sum) {
        FloatVector offset = FloatVector.fromArray(F, zeros, at).mul(inputs);
        return codes.sub(offset).fma(FloatVector.fromArray(F, scales, at), sum);
    }
}
