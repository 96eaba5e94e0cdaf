package lathe.engine.kernels;

import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.I;
import static lathe.engine.kernels.Lanes.N;
import static lathe.engine.kernels.Memory.ALL;

import java.nio.ByteOrder;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

import lathe.spi.operator.TilePacking;

/**
 * Tiles of sixteen rows where a vector has sixteen lanes. Two half-words that stand next to each other in memory fill a
 * vector, and one permutation makes words of them, of which each holds four codes of two to five bits. A unit is four such
 * words whatever the width, all with the same four masks.
 */
final class TileWords {
    /** Words of a unit. */
    static final int WORDS = 4;
    private static final int COLUMNS = TilePacking.COLUMNS;
    private static final int ROWS = TilePacking.ROWS;
    private static final long HALVES = 2L * ROWS;
    private static final VectorSpecies<Short> S = ShortVector.SPECIES_512;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final boolean SUBNORMAL = TileDot.SUBNORMAL;

    private TileWords() {}

    /** Made when tiles are first read: narrower vectors have no such permutation. */
    private static final class Pairs {
        /** The half-words of both halves of a vector in turn. */
        static final VectorShuffle<Short> IN_TURN = VectorShuffle.fromOp(S, lane -> lane / 2 + ROWS * (lane % 2));
    }

    /** Whether codes of a width are read so. */
    static boolean fit(int bits) {
        return N == ROWS && bits >= 2 && bits <= 5;
    }

    /** The half-word in which a word of four codes begins, behind which its unit has another one. */
    static int half(int bits, int word) {
        return Math.min(bits * word / WORDS, bits - 2);
    }

    /** Where in the word its first code begins. */
    static int shift(int bits, int word) {
        return 4 * bits * word - 16 * half(bits, word);
    }

    /**
     * Adds scale * (codes * inputs + offset) of one unit of some groups.
     *
     * @param codes   address of the first unit
     * @param bits    bits of a code
     * @param step    bytes from a group's unit to that of the next
     * @param groups  how many
     * @param input   sixteen numbers of every unit
     * @param at      their first index
     * @param scales  [groups, 16]
     * @param offsets [groups, 16]
     * @param sums    16 sums
     */
    static void add(long codes, int bits, long step, int groups, float[] input, int at, float[] scales, float[] offsets,
            float[] sums) {
        add(codes, HALVES * half(bits, 1), HALVES * half(bits, 2), HALVES * half(bits, 3), shift(bits, 1),
                shift(bits, 2), shift(bits, 3), bits, (1 << bits) - 1, step, groups, input, at, scales, offsets, sums);
    }

    /** In one flat loop: before a loop within it the compiler would check the bounds of every number, every time. */
    private static void add(long codes, long second, long third, long fourth, int ofSecond, int ofThird, int ofFourth,
            int bits, int lowest, long step, int groups, float[] input, int at, float[] scales, float[] offsets,
            float[] sums) {
        long start = Memory.known(codes);
        IntVector mask = IntVector.broadcast(I, lowest);
        IntVector next = mask.lanewise(LSHL, bits);
        IntVector over = next.lanewise(LSHL, bits);
        IntVector last = over.lanewise(LSHL, bits);
        IntVector toSecond = IntVector.broadcast(I, ofSecond);
        IntVector toThird = IntVector.broadcast(I, ofThird);
        IntVector toFourth = IntVector.broadcast(I, ofFourth);
        FloatVector sum = FloatVector.fromArray(F, sums, 0);
        for (int group = 0; group < groups; group++) {
            long unit = start + step * (group & Integer.MAX_VALUE);
            int x = at + COLUMNS * group;
            FloatVector a = FloatVector.fromArray(F, offsets, ROWS * group);
            FloatVector b = FloatVector.zero(F);
            FloatVector c = b;
            FloatVector d = b;
            IntVector code;
            IntVector v = ShortVector.fromMemorySegment(S, ALL, unit, ORDER).rearrange(Pairs.IN_TURN)
                    .reinterpretAsInts();
            code = v.and(mask);
            a = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0))
                    .fma(FloatVector.broadcast(F, input[x]), a);
            code = v.and(next);
            b = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0))
                    .fma(FloatVector.broadcast(F, input[x + 1]), b);
            code = v.and(over);
            c = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0))
                    .fma(FloatVector.broadcast(F, input[x + 2]), c);
            code = v.and(last);
            d = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0))
                    .fma(FloatVector.broadcast(F, input[x + 3]), d);
            v = ShortVector.fromMemorySegment(S, ALL, unit + second, ORDER).rearrange(Pairs.IN_TURN)
                    .reinterpretAsInts().lanewise(LSHR, toSecond);
            code = v.and(mask);
            a = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0))
                    .fma(FloatVector.broadcast(F, input[x + 4]), a);
            code = v.and(next);
            b = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0))
                    .fma(FloatVector.broadcast(F, input[x + 5]), b);
            code = v.and(over);
            c = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0))
                    .fma(FloatVector.broadcast(F, input[x + 6]), c);
            code = v.and(last);
            d = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0))
                    .fma(FloatVector.broadcast(F, input[x + 7]), d);
            v = ShortVector.fromMemorySegment(S, ALL, unit + third, ORDER).rearrange(Pairs.IN_TURN)
                    .reinterpretAsInts().lanewise(LSHR, toThird);
            code = v.and(mask);
            a = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0))
                    .fma(FloatVector.broadcast(F, input[x + 8]), a);
            code = v.and(next);
            b = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0))
                    .fma(FloatVector.broadcast(F, input[x + 9]), b);
            code = v.and(over);
            c = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0))
                    .fma(FloatVector.broadcast(F, input[x + 10]), c);
            code = v.and(last);
            d = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0))
                    .fma(FloatVector.broadcast(F, input[x + 11]), d);
            v = ShortVector.fromMemorySegment(S, ALL, unit + fourth, ORDER).rearrange(Pairs.IN_TURN)
                    .reinterpretAsInts().lanewise(LSHR, toFourth);
            code = v.and(mask);
            a = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0))
                    .fma(FloatVector.broadcast(F, input[x + 12]), a);
            code = v.and(next);
            b = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0))
                    .fma(FloatVector.broadcast(F, input[x + 13]), b);
            code = v.and(over);
            c = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0))
                    .fma(FloatVector.broadcast(F, input[x + 14]), c);
            code = v.and(last);
            d = (SUBNORMAL ? code.reinterpretAsFloats() : (FloatVector) code.convert(I2F, 0))
                    .fma(FloatVector.broadcast(F, input[x + 15]), d);
            sum = a.add(b).add(c.add(d)).fma(FloatVector.fromArray(F, scales, ROWS * group), sum);
        }
        sum.intoArray(sums, 0);
    }

    /**
     * Numbers of some groups: slope * masked word + base.
     *
     * @param codes  address of the unit that has the first group's codes as its first
     * @param bits   bits of a code
     * @param groups how many; the rest of the last unit are written, too
     * @param slopes one of each group, divided by what the place of its code in its word multiplies it by
     * @param bases  one of each group
     * @param to     receives [groups, 16]
     */
    static void lines(long codes, int bits, int groups, float[] slopes, float[] bases, float[] to) {
        lines(codes, HALVES * half(bits, 1), HALVES * half(bits, 2), HALVES * half(bits, 3), shift(bits, 1),
                shift(bits, 2), shift(bits, 3), bits, (1 << bits) - 1, HALVES * bits,
                (groups + COLUMNS - 1) / COLUMNS, slopes, bases, to);
    }

    private static void lines(long codes, long second, long third, long fourth, int ofSecond, int ofThird, int ofFourth,
            int bits, int lowest, long step, int units, float[] slopes, float[] bases, float[] to) {
        long start = Memory.known(codes);
        IntVector mask = IntVector.broadcast(I, lowest);
        IntVector next = mask.lanewise(LSHL, bits);
        IntVector over = next.lanewise(LSHL, bits);
        IntVector last = over.lanewise(LSHL, bits);
        IntVector toSecond = IntVector.broadcast(I, ofSecond);
        IntVector toThird = IntVector.broadcast(I, ofThird);
        IntVector toFourth = IntVector.broadcast(I, ofFourth);
        for (int i = 0; i < units; i++) {
            long unit = start + step * (i & Integer.MAX_VALUE);
            int g = COLUMNS * i;
            int at = ROWS * COLUMNS * i;
            IntVector v = ShortVector.fromMemorySegment(S, ALL, unit, ORDER).rearrange(Pairs.IN_TURN)
                    .reinterpretAsInts();
            ((FloatVector) v.and(mask).convert(I2F, 0)).fma(FloatVector.broadcast(F, slopes[g]),
                    FloatVector.broadcast(F, bases[g])).intoArray(to, at);
            ((FloatVector) v.and(next).convert(I2F, 0)).fma(FloatVector.broadcast(F, slopes[g + 1]),
                    FloatVector.broadcast(F, bases[g + 1])).intoArray(to, at + ROWS);
            ((FloatVector) v.and(over).convert(I2F, 0)).fma(FloatVector.broadcast(F, slopes[g + 2]),
                    FloatVector.broadcast(F, bases[g + 2])).intoArray(to, at + 2 * ROWS);
            ((FloatVector) v.and(last).convert(I2F, 0)).fma(FloatVector.broadcast(F, slopes[g + 3]),
                    FloatVector.broadcast(F, bases[g + 3])).intoArray(to, at + 3 * ROWS);
            v = ShortVector.fromMemorySegment(S, ALL, unit + second, ORDER).rearrange(Pairs.IN_TURN)
                    .reinterpretAsInts().lanewise(LSHR, toSecond);
            ((FloatVector) v.and(mask).convert(I2F, 0)).fma(FloatVector.broadcast(F, slopes[g + 4]),
                    FloatVector.broadcast(F, bases[g + 4])).intoArray(to, at + 4 * ROWS);
            ((FloatVector) v.and(next).convert(I2F, 0)).fma(FloatVector.broadcast(F, slopes[g + 5]),
                    FloatVector.broadcast(F, bases[g + 5])).intoArray(to, at + 5 * ROWS);
            ((FloatVector) v.and(over).convert(I2F, 0)).fma(FloatVector.broadcast(F, slopes[g + 6]),
                    FloatVector.broadcast(F, bases[g + 6])).intoArray(to, at + 6 * ROWS);
            ((FloatVector) v.and(last).convert(I2F, 0)).fma(FloatVector.broadcast(F, slopes[g + 7]),
                    FloatVector.broadcast(F, bases[g + 7])).intoArray(to, at + 7 * ROWS);
            v = ShortVector.fromMemorySegment(S, ALL, unit + third, ORDER).rearrange(Pairs.IN_TURN)
                    .reinterpretAsInts().lanewise(LSHR, toThird);
            ((FloatVector) v.and(mask).convert(I2F, 0)).fma(FloatVector.broadcast(F, slopes[g + 8]),
                    FloatVector.broadcast(F, bases[g + 8])).intoArray(to, at + 8 * ROWS);
            ((FloatVector) v.and(next).convert(I2F, 0)).fma(FloatVector.broadcast(F, slopes[g + 9]),
                    FloatVector.broadcast(F, bases[g + 9])).intoArray(to, at + 9 * ROWS);
            ((FloatVector) v.and(over).convert(I2F, 0)).fma(FloatVector.broadcast(F, slopes[g + 10]),
                    FloatVector.broadcast(F, bases[g + 10])).intoArray(to, at + 10 * ROWS);
            ((FloatVector) v.and(last).convert(I2F, 0)).fma(FloatVector.broadcast(F, slopes[g + 11]),
                    FloatVector.broadcast(F, bases[g + 11])).intoArray(to, at + 11 * ROWS);
            v = ShortVector.fromMemorySegment(S, ALL, unit + fourth, ORDER).rearrange(Pairs.IN_TURN)
                    .reinterpretAsInts().lanewise(LSHR, toFourth);
            ((FloatVector) v.and(mask).convert(I2F, 0)).fma(FloatVector.broadcast(F, slopes[g + 12]),
                    FloatVector.broadcast(F, bases[g + 12])).intoArray(to, at + 12 * ROWS);
            ((FloatVector) v.and(next).convert(I2F, 0)).fma(FloatVector.broadcast(F, slopes[g + 13]),
                    FloatVector.broadcast(F, bases[g + 13])).intoArray(to, at + 13 * ROWS);
            ((FloatVector) v.and(over).convert(I2F, 0)).fma(FloatVector.broadcast(F, slopes[g + 14]),
                    FloatVector.broadcast(F, bases[g + 14])).intoArray(to, at + 14 * ROWS);
            ((FloatVector) v.and(last).convert(I2F, 0)).fma(FloatVector.broadcast(F, slopes[g + 15]),
                    FloatVector.broadcast(F, bases[g + 15])).intoArray(to, at + 15 * ROWS);
        }
    }
}
