package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.BYTES;
import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.I;
import static lathe.engine.kernels.Lanes.N;
import static lathe.engine.kernels.Lanes.floats;
import static lathe.engine.kernels.Lanes.ints;
import static lathe.engine.kernels.Lanes.store;

import java.nio.ByteOrder;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** The inner loops in lanes. Four sums run side by side, since an addition takes four cycles and two start in each. */
final class VectorRowMath implements RowMath {
    private static final ScalarRowMath TAIL = new ScalarRowMath();

    /** Made when codes are first unpacked: a short command never does. */
    private static final class Unpacking {
        static final IntVector EIGHT_SHIFTS = IntVector.fromArray(IntVector.SPECIES_256,
                new int[] {0, 1, 2, 3, 0, 1, 2, 3}, 0);
        static final IntVector SMALL_SHIFTS = IntVector.fromArray(IntVector.SPECIES_256,
                new int[] {0, 1, 2, 3, 4, 5, 6, 7}, 0);
        static final VectorMask<Integer> HIGH_FOUR = VectorMask.fromLong(IntVector.SPECIES_256, 0xF0);
    }

    @Override
    public String name() {
        return F.vectorBitSize() + "-bit vectors";
    }

    @Override
    public float dot(long left, long right, int count) {
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int i = 0;
        for (; i <= count - 4 * N; i += 4 * N) {
            long l = left + 4L * i;
            long r = right + 4L * i;
            a = floats(l).fma(floats(r), a);
            b = floats(l + BYTES).fma(floats(r + BYTES), b);
            c = floats(l + 2 * BYTES).fma(floats(r + 2 * BYTES), c);
            d = floats(l + 3 * BYTES).fma(floats(r + 3 * BYTES), d);
        }
        for (; i <= count - N; i += N) {
            a = floats(left + 4L * i).fma(floats(right + 4L * i), a);
        }
        float sum = Lanes.sum(a.add(b).add(c.add(d)));
        return i == count ? sum : sum + TAIL.dot(left + 4L * i, right + 4L * i, count - i);
    }

    @Override
    public float dot(long weights, float[] input, int at, int count) {
        long base = Memory.known(weights);
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int i = 0;
        for (; i <= count - 4 * N; i += 4 * N) {
            long w = base + 4L * i;
            a = floats(w).fma(FloatVector.fromArray(F, input, at + i), a);
            b = floats(w + BYTES).fma(FloatVector.fromArray(F, input, at + i + N), b);
            c = floats(w + 2 * BYTES).fma(FloatVector.fromArray(F, input, at + i + 2 * N), c);
            d = floats(w + 3 * BYTES).fma(FloatVector.fromArray(F, input, at + i + 3 * N), d);
        }
        for (; i <= count - N; i += N) {
            a = floats(base + 4L * i).fma(FloatVector.fromArray(F, input, at + i), a);
        }
        float sum = Lanes.sum(a.add(b).add(c.add(d)));
        return i == count ? sum : sum + TAIL.dot(weights + 4L * i, input, at + i, count - i);
    }

    /** Even and odd columns of every 2N columns apart: a word of two weights is widened by a shift and by a mask. */
    @Override
    public void splitPairs(long input, int count, float[] to, int at) {
        int i = PairSplit.split(input, count, to, at);
        TAIL.splitPairs(input + 4L * i, count - i, to, at + i);
    }

    @Override
    public float dotBf16(long weights, float[] split, int at, int count) {
        long base = Memory.known(weights);
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int i = 0;
        for (; i <= count - 4 * N; i += 4 * N) {
            IntVector first = ints(base + 2L * i);
            IntVector second = ints(base + 2L * i + BYTES);
            int x = at + i;
            a = lowBf16(first).fma(FloatVector.fromArray(F, split, x), a);
            b = highBf16(first).fma(FloatVector.fromArray(F, split, x + N), b);
            c = lowBf16(second).fma(FloatVector.fromArray(F, split, x + 2 * N), c);
            d = highBf16(second).fma(FloatVector.fromArray(F, split, x + 3 * N), d);
        }
        for (; i <= count - 2 * N; i += 2 * N) {
            IntVector word = ints(base + 2L * i);
            a = lowBf16(word).fma(FloatVector.fromArray(F, split, at + i), a);
            b = highBf16(word).fma(FloatVector.fromArray(F, split, at + i + N), b);
        }
        float sum = Lanes.sum(a.add(b).add(c.add(d)));
        return i == count ? sum : sum + TAIL.dotBf16(weights + 2L * i, split, at + i, count - i);
    }

    @Override
    public float dotF16(long weights, float[] split, int at, int count) {
        long base = Memory.known(weights);
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        int i = 0;
        for (; i <= count - 2 * N; i += 2 * N) {
            IntVector word = ints(base + 2L * i);
            a = topF16(word.lanewise(VectorOperators.LSHL, 16)).fma(FloatVector.fromArray(F, split, at + i), a);
            b = topF16(word).fma(FloatVector.fromArray(F, split, at + i + N), b);
        }
        float sum = Lanes.sum(a.add(b));
        return i == count ? sum : sum + TAIL.dotF16(weights + 2L * i, split, at + i, count - i);
    }

    @Override
    public PackedDot packedDot(int bits, int columns, int group) {
        return VectorPackedDot.of(bits, columns, group);
    }

    private static FloatVector lowBf16(IntVector word) {
        return word.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    private static FloatVector highBf16(IntVector word) {
        return word.and(0xFFFF0000).reinterpretAsFloats();
    }

    /**
     * The half precision number in the upper half of each word. Its exponent and mantissa, moved to float32's places, read
     * 2^112 times too small, subnormal ones included; infinity and NaN, of the largest exponent, get float32's.
     */
    static FloatVector topF16(IntVector word) {
        IntVector moved = word.lanewise(VectorOperators.ASHR, 3).and(0x8FFFE000);
        FloatVector value = moved.reinterpretAsFloats().mul(0x1p112f);
        IntVector exponent = word.and(0x7C000000);
        IntVector special = value.reinterpretAsInts().or(0x7F800000);
        return value.reinterpretAsInts()
                .blend(special, exponent.compare(VectorOperators.EQ, 0x7C000000))
                .reinterpretAsFloats();
    }

    @Override
    public void widenBf16(long from, int count, long to) {
        int i = 0;
        for (; i <= count - N; i += N) {
            store(upperHalves(from + 2L * i).reinterpretAsFloats(), to + 4L * i);
        }
        TAIL.widenBf16(from + 2L * i, count - i, to + 4L * i);
    }

    @Override
    public void widenF16(long from, int count, long to) {
        int i = 0;
        for (; i <= count - N; i += N) {
            store(topF16(upperHalves(from + 2L * i)), to + 4L * i);
        }
        TAIL.widenF16(from + 2L * i, count - i, to + 4L * i);
    }

    /** N 16-bit numbers, each in the upper half of its word. */
    private static IntVector upperHalves(long from) {
        return ((IntVector) Lanes.shorts(from).convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0))
                .lanewise(VectorOperators.LSHL, 16);
    }

    @Override
    public void addScaled(float factor, long source, long target, int count) {
        FloatVector factors = FloatVector.broadcast(F, factor);
        int i = 0;
        for (; i <= count - N; i += N) {
            store(floats(source + 4L * i).fma(factors, floats(target + 4L * i)), target + 4L * i);
        }
        TAIL.addScaled(factor, source + 4L * i, target + 4L * i, count - i);
    }

    @Override
    public void scale(long target, float factor, int count) {
        int i = 0;
        for (; i <= count - N; i += N) {
            store(floats(target + 4L * i).mul(factor), target + 4L * i);
        }
        TAIL.scale(target + 4L * i, factor, count - i);
    }

    /**
     * Eight codes take as many bytes as a code has bits: they are read as one 64-bit word, whose halves of four codes are
     * spread over the lanes and shifted down.
     */
    @Override
    public void unpack(long row, long from, int count, int bits, long to) {
        if (N < 8) {
            TAIL.unpack(row, from, count, bits, to);
            return;
        }
        int head = (int) Math.min(count, -from & 7);
        TAIL.unpack(row, from, head, bits, to);
        int mask = (1 << bits) - 1;
        IntVector shifts = Unpacking.EIGHT_SHIFTS.mul(bits);
        long end = row + ((from + count) * bits >>> 3);
        int i = head;
        if (bits <= 4) {
            i += unpackSmall(row + ((from + i) * bits >>> 3), end, count - i, bits, to + 4L * i);
        }
        for (long at = row + ((from + i) * bits >>> 3); i <= count - 8 && at + 8 <= end; at += bits, i += 8) {
            long word = Memory.getLong(at);
            IntVector codes = IntVector.broadcast(IntVector.SPECIES_256, (int) word)
                    .blend((int) (word >>> 4 * bits), Unpacking.HIGH_FOUR)
                    .lanewise(VectorOperators.LSHR, shifts)
                    .and(mask);
            ((FloatVector) codes.convert(VectorOperators.I2F, 0))
                    .intoMemorySegment(Memory.ALL, to + 4L * i, ByteOrder.nativeOrder());
        }
        TAIL.unpack(row, from + i, count - i, bits, to + 4L * i);
    }

    /** Eight codes of at most four bits lie in one 32-bit word. */
    private static int unpackSmall(long codes, long end, int count, int bits, long to) {
        IntVector shifts = Unpacking.SMALL_SHIFTS.mul(bits);
        int mask = (1 << bits) - 1;
        int i = 0;
        for (long at = codes; i <= count - 8 && at + 4 <= end; at += bits, i += 8) {
            IntVector eight = IntVector.broadcast(IntVector.SPECIES_256, Memory.getInt(at))
                    .lanewise(VectorOperators.LSHR, shifts)
                    .and(mask);
            ((FloatVector) eight.convert(VectorOperators.I2F, 0))
                    .intoMemorySegment(Memory.ALL, to + 4L * i, ByteOrder.nativeOrder());
        }
        return i;
    }

    @Override
    public void dequantise(long target, int count, float scale, float zero) {
        int i = 0;
        for (; i <= count - N; i += N) {
            store(floats(target + 4L * i).sub(zero).mul(scale), target + 4L * i);
        }
        TAIL.dequantise(target + 4L * i, count - i, scale, zero);
    }

    @Override
    public double sumOfSquares(long values, int count) {
        double sum = 0;
        int i = 0;
        while (i <= count - N) {
            FloatVector block = FloatVector.zero(F);
            int end = Math.min(count - N, i + 31 * N);
            for (; i <= end; i += N) {
                FloatVector value = floats(values + 4L * i);
                block = value.fma(value, block);
            }
            sum += Lanes.sum(block);
        }
        return sum + TAIL.sumOfSquares(values + 4L * i, count - i);
    }
}
