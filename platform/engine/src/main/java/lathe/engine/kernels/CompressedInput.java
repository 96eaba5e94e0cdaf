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
        int kept = 0;
        int column = 0;
        for (; column <= columns - Lanes.N; column += Lanes.N) {
            long some = bits[column >>> 6] >>> (column & 63) & MASK;
            FloatVector.fromArray(Lanes.F, input, at + column)
                    .compress(VectorMask.fromLong(Lanes.F, some))
                    .intoArray(to, kept);
            kept += Long.bitCount(some);
        }
        for (; column < columns; column++) {
            if ((bits[column >>> 6] >>> (column & 63) & 1) != 0) {
                to[kept++] = input[at + column];
            }
        }
        return kept;
    }

    /**
     * The same with each number times the scale of its group.
     *
     * @param bits    one bit a column
     * @param columns number of columns
     * @param group   columns of a group, a multiple of 16
     * @param scales  scales of groups
     * @param zeros   zero points of groups
     * @param input   the input in its order
     * @param at      its first index
     * @param to      receives scaled kept numbers
     * @param offsets receives the zero point of each
     * @return how many were kept
     */
    static int compressScaled(long[] bits, int columns, int group, float[] scales, float[] zeros, float[] input, int at,
            float[] to, float[] offsets) {
        int kept = 0;
        int column = 0;
        for (int g = 0; column <= columns - Lanes.N; g++) {
            int end = Math.min(columns - Lanes.N + 1, column + group);
            FloatVector scale = FloatVector.broadcast(Lanes.F, scales[g]);
            FloatVector zero = FloatVector.broadcast(Lanes.F, zeros[g]);
            for (; column < end; column += Lanes.N) {
                long some = bits[column >>> 6] >>> (column & 63) & MASK;
                FloatVector.fromArray(Lanes.F, input, at + column)
                        .mul(scale)
                        .compress(VectorMask.fromLong(Lanes.F, some))
                        .intoArray(to, kept);
                zero.intoArray(offsets, kept);
                kept += Long.bitCount(some);
            }
        }
        for (; column < columns; column++) {
            if ((bits[column >>> 6] >>> (column & 63) & 1) != 0) {
                offsets[kept] = zeros[column / group];
                to[kept++] = input[at + column] * scales[column / group];
            }
        }
        return kept;
    }

    /** Sum of (code - zero point) * number. */
    static float dot(long codes, float[] offsets, float[] numbers, int count) {
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        int i = 0;
        for (; i <= count - 2 * Lanes.N; i += 2 * Lanes.N) {
            a = Lanes.floats(codes + 4L * i)
                    .sub(FloatVector.fromArray(Lanes.F, offsets, i))
                    .fma(FloatVector.fromArray(Lanes.F, numbers, i), a);
            b = Lanes.floats(codes + 4L * i + Lanes.BYTES)
                    .sub(FloatVector.fromArray(Lanes.F, offsets, i + Lanes.N))
                    .fma(FloatVector.fromArray(Lanes.F, numbers, i + Lanes.N), b);
        }
        float sum = Lanes.sum(a.add(b));
        for (; i < count; i++) {
            sum = Math.fma(Memory.getFloat(codes + 4L * i) - offsets[i], numbers[i], sum);
        }
        return sum;
    }

    /** A product with 16-bit weights in their order: bfloat16, or half precision. */
    static float dotHalves(long weights, boolean bfloat, float[] numbers, int count) {
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        int i = 0;
        for (; i <= count - 2 * Lanes.N; i += 2 * Lanes.N) {
            IntVector first = upper(weights + 2L * i);
            IntVector second = upper(weights + 2L * (i + Lanes.N));
            FloatVector x = bfloat ? first.reinterpretAsFloats() : VectorRowMath.topF16(first);
            FloatVector y = bfloat ? second.reinterpretAsFloats() : VectorRowMath.topF16(second);
            a = x.fma(FloatVector.fromArray(Lanes.F, numbers, i), a);
            b = y.fma(FloatVector.fromArray(Lanes.F, numbers, i + Lanes.N), b);
        }
        float sum = Lanes.sum(a.add(b));
        for (; i < count; i++) {
            short half = Memory.getShort(weights + 2L * i);
            float weight = bfloat ? Float.intBitsToFloat(half << 16) : Float.float16ToFloat(half);
            sum = Math.fma(weight, numbers[i], sum);
        }
        return sum;
    }

    private static IntVector upper(long from) {
        return ((IntVector) Lanes.shorts(from).convertShape(VectorOperators.ZERO_EXTEND_S2I, Lanes.I, 0))
                .lanewise(VectorOperators.LSHL, 16);
    }
}
