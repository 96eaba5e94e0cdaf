package lathe.engine.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Products with rows that store some columns: first the input's numbers at those columns are moved together, then they
 * meet the stored values as two dense vectors. A bitmap word is four or eight vector steps whatever its bits are, so that
 * time does not depend on the pattern.
 */
final class CompressedInput {
    private static final long MASK = (1L << Lanes.N) - 1;

    /** Of each byte of a bitmap, the places of its bits. */
    private static final int[] PLACES = places();

    private CompressedInput() {}

    /**
     * Moves kept numbers together.
     *
     * @param bits    one bit a column
     * @param columns number of columns
     * @param input   the input in its order
     * @param at      its first index
     * @param to      receives the kept numbers from index 0 on, and up to a vector of others after them
     * @return how many were kept
     */
    static int compress(long[] bits, int columns, float[] input, int at, float[] to) {
        int whole = columns & -64;
        int kept = Lanes.N == 8 ? permute(bits, whole, input, at, to) : compressWords(bits, whole, input, at, to);
        for (int column = whole; column < columns; column++) {
            if ((bits[column >>> 6] >>> column & 1) != 0) {
                to[kept++] = input[at + column];
            }
        }
        return kept;
    }

    private static int compressWords(long[] bits, int columns, float[] input, int at, float[] to) {
        int kept = 0;
        for (int column = 0; column < columns; column += Lanes.N) {
            long some = bits[column >>> 6] >>> column & MASK;
            FloatVector.fromArray(Lanes.F, input, at + column)
                    .compress(VectorMask.fromLong(Lanes.F, some))
                    .intoArray(to, kept);
            kept += Long.bitCount(some);
        }
        return kept;
    }

    /** With 256-bit vectors, that have no compressing instruction: by a table of 256 permutations, 1.5 times as fast. */
    private static int permute(long[] bits, int columns, float[] input, int at, float[] to) {
        int kept = 0;
        for (int word = 0; word < columns >>> 6; word++) {
            long some = bits[word];
            int end = at + 64 * word + 64;
            for (int column = end - 64; column < end; column += 8) {
                int eight = (int) some & 0xff;
                some >>>= 8;
                IntVector places = IntVector.fromArray(Lanes.I, PLACES, 8 * eight);
                FloatVector.fromArray(Lanes.F, input, column)
                        .rearrange(places.toShuffle().cast(Lanes.F))
                        .intoArray(to, kept);
                kept += Integer.bitCount(eight);
            }
        }
        return kept;
    }

    private static int[] places() {
        int[] places = new int[256 * 8];
        for (int bits = 0; bits < 256; bits++) {
            int count = 0;
            for (int bit = 0; bit < 8; bit++) {
                if ((bits >>> bit & 1) != 0) {
                    places[8 * bits + count++] = bit;
                }
            }
        }
        return places;
    }

    /**
     * Multiplies each number of an input by that of its group.
     *
     * @param input   the input
     * @param at      its first index
     * @param columns length
     * @param group   columns of a group
     * @param factors of the groups
     * @param to      receives the products from index 0 on; may be the input
     */
    static void scale(float[] input, int at, int columns, int group, float[] factors, float[] to) {
        for (int from = 0, g = 0; from < columns; from += group, g++) {
            FloatVector factor = FloatVector.broadcast(Lanes.F, factors[g]);
            int end = Math.min(columns, from + group);
            int i = from;
            for (; i <= end - Lanes.N; i += Lanes.N) {
                FloatVector.fromArray(Lanes.F, input, at + i).mul(factor).intoArray(to, i);
            }
            for (; i < end; i++) {
                to[i] = input[at + i] * factors[g];
            }
        }
    }

    /** Sum of (code - zero point) * number. */
    static float dot(long codes, float zero, float[] numbers, int count) {
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        int i = 0;
        for (; i <= count - 2 * Lanes.N; i += 2 * Lanes.N) {
            a = Lanes.floats(codes + 4L * i).sub(zero).fma(FloatVector.fromArray(Lanes.F, numbers, i), a);
            b = Lanes.floats(codes + 4L * i + Lanes.BYTES)
                    .sub(zero)
                    .fma(FloatVector.fromArray(Lanes.F, numbers, i + Lanes.N), b);
        }
        float sum = Lanes.sum(a.add(b));
        for (; i < count; i++) {
            sum = Math.fma(Memory.getFloat(codes + 4L * i) - zero, numbers[i], sum);
        }
        return sum;
    }

    /** Sum of numbers. */
    static float sum(float[] numbers, int count) {
        FloatVector a = FloatVector.zero(Lanes.F);
        int i = 0;
        for (; i <= count - Lanes.N; i += Lanes.N) {
            a = a.add(FloatVector.fromArray(Lanes.F, numbers, i));
        }
        float sum = Lanes.sum(a);
        for (; i < count; i++) {
            sum += numbers[i];
        }
        return sum;
    }

    /** A product with bfloat16 weights in their order. */
    static float dotBf16(long weights, float[] numbers, int count) {
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        int i = 0;
        for (; i <= count - 2 * Lanes.N; i += 2 * Lanes.N) {
            a = upper(weights + 2L * i).reinterpretAsFloats().fma(FloatVector.fromArray(Lanes.F, numbers, i), a);
            b = upper(weights + 2L * (i + Lanes.N)).reinterpretAsFloats()
                    .fma(FloatVector.fromArray(Lanes.F, numbers, i + Lanes.N), b);
        }
        float sum = Lanes.sum(a.add(b));
        for (; i < count; i++) {
            sum = Math.fma(ScalarRowMath.bf16(weights + 2L * i), numbers[i], sum);
        }
        return sum;
    }

    /** A product with half precision weights in their order. */
    static float dotF16(long weights, float[] numbers, int count) {
        FloatVector a = FloatVector.zero(Lanes.F);
        int i = 0;
        for (; i <= count - Lanes.N; i += Lanes.N) {
            a = VectorRowMath.topF16(upper(weights + 2L * i)).fma(FloatVector.fromArray(Lanes.F, numbers, i), a);
        }
        float sum = Lanes.sum(a);
        for (; i < count; i++) {
            sum = Math.fma(Float.float16ToFloat(Memory.getShort(weights + 2L * i)), numbers[i], sum);
        }
        return sum;
    }

    private static IntVector upper(long from) {
        return ((IntVector) Lanes.shorts(from).convertShape(VectorOperators.ZERO_EXTEND_S2I, Lanes.I, 0))
                .lanewise(VectorOperators.LSHL, 16);
    }
}
