package lathe.engine.attention;

import java.nio.ByteOrder;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.Memory;

/**
 * Loops over packed codes in lanes: eight codes of 1 to 4 bits lie in one word, which is repeated, shifted by another distance
 * in every lane and masked; codes of 8 bits are widened. Vectors are of 256 bits, also where the processor has wider ones.
 *
 * <p>Loops read whole words: callers see to it that three bytes beyond the last code may be read.
 */
final class CodeLanes {
    /** Codes of a vector. */
    static final int N = 8;
    /** Codes that the loops sum at a time. */
    static final int CHUNK = 2 * N;
    /** Rows that the loops sum at a time. */
    static final int ROWS = 4;
    private static final VectorSpecies<Integer> I = IntVector.SPECIES_256;
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_256;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    /** For every size of a code the shifts of a chunk's lanes. */
    private static final int[][] SHIFTS = new int[5][];

    static {
        for (int bits = 1; bits < SHIFTS.length; bits++) {
            SHIFTS[bits] = new int[CHUNK];
            for (int lane = 0; lane < CHUNK; lane++) {
                SHIFTS[bits][lane] = lane * bits - 8 * (lane < N ? 0 : secondWord(bits));
            }
        }
    }

    private CodeLanes() {}

    /** Whether codes of a size can be read here. */
    static boolean reads(int bits) {
        return Lanes.N >= N && (bits <= 4 || bits == 8);
    }

    /** Byte in a chunk at which the word of its second vector begins: that of the first where both fit into one. */
    private static int secondWord(int bits) {
        return bits <= 2 ? 0 : bits;
    }

    /**
     * Sums of a chunk of every vector, for up to four rows: to[row, lane] = sum over i of factors[row, i] code[i, lane].
     *
     * @param bits     of a code
     * @param codes    the chunk of the first vector
     * @param pitch    bytes from vector to vector
     * @param count    vectors
     * @param factors  a factor a vector, rows {@code stride} floats apart; four rows, or two
     * @param stride   distance of rows of factors
     * @param four     whether there are four rows
     * @param to       receives rows of sums, {@code toStride} floats apart
     * @param toStride distance of rows of sums
     */
    static void sum(int bits, long codes, long pitch, int count, long factors, long stride, boolean four, long to,
            long toStride) {
        if (bits == 8 && four) {
            sumFourBytes(codes, pitch, count, factors, 4 * stride, to, 4 * toStride);
        } else if (bits == 8) {
            sumTwoBytes(codes, pitch, count, factors, 4 * stride, to, 4 * toStride);
        } else if (four) {
            sumFour(bits, codes, pitch, count, factors, 4 * stride, to, 4 * toStride);
        } else {
            sumTwo(bits, codes, pitch, count, factors, 4 * stride, to, 4 * toStride);
        }
    }

    // Written out: a method that returned a vector would be boxed wherever the compiler's budget for inlining ends.

    private static void sumFour(int bits, long codes, long pitch, int count, long factors, long stride, long to,
            long toStride) {
        IntVector shift = IntVector.fromArray(I, SHIFTS[bits], 0);
        IntVector secondShift = IntVector.fromArray(I, SHIFTS[bits], N);
        IntVector mask = IntVector.broadcast(I, (1 << bits) - 1);
        int second = secondWord(bits);
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector e = a;
        FloatVector f = a;
        FloatVector g = a;
        FloatVector h = a;
        for (int i = 0; i < count; i++) {
            long at = Memory.known(codes + pitch * i);
            long factor = Memory.known(factors + 4L * i);
            FloatVector x = (FloatVector) IntVector.broadcast(I, Memory.getInt(at))
                    .lanewise(VectorOperators.LSHR, shift).and(mask).convert(VectorOperators.I2F, 0);
            FloatVector y = (FloatVector) IntVector.broadcast(I, Memory.getInt(at + second))
                    .lanewise(VectorOperators.LSHR, secondShift).and(mask).convert(VectorOperators.I2F, 0);
            FloatVector w = FloatVector.broadcast(F, Memory.getFloat(factor));
            a = x.fma(w, a);
            b = y.fma(w, b);
            w = FloatVector.broadcast(F, Memory.getFloat(factor + stride));
            c = x.fma(w, c);
            d = y.fma(w, d);
            w = FloatVector.broadcast(F, Memory.getFloat(factor + 2 * stride));
            e = x.fma(w, e);
            f = y.fma(w, f);
            w = FloatVector.broadcast(F, Memory.getFloat(factor + 3 * stride));
            g = x.fma(w, g);
            h = y.fma(w, h);
        }
        a.intoMemorySegment(Memory.ALL, to, ORDER);
        b.intoMemorySegment(Memory.ALL, to + 4 * N, ORDER);
        c.intoMemorySegment(Memory.ALL, to + toStride, ORDER);
        d.intoMemorySegment(Memory.ALL, to + toStride + 4 * N, ORDER);
        e.intoMemorySegment(Memory.ALL, to + 2 * toStride, ORDER);
        f.intoMemorySegment(Memory.ALL, to + 2 * toStride + 4 * N, ORDER);
        g.intoMemorySegment(Memory.ALL, to + 3 * toStride, ORDER);
        h.intoMemorySegment(Memory.ALL, to + 3 * toStride + 4 * N, ORDER);
    }

    private static void sumTwo(int bits, long codes, long pitch, int count, long factors, long stride, long to,
            long toStride) {
        IntVector shift = IntVector.fromArray(I, SHIFTS[bits], 0);
        IntVector secondShift = IntVector.fromArray(I, SHIFTS[bits], N);
        IntVector mask = IntVector.broadcast(I, (1 << bits) - 1);
        int second = secondWord(bits);
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        for (int i = 0; i < count; i++) {
            long at = Memory.known(codes + pitch * i);
            long factor = Memory.known(factors + 4L * i);
            FloatVector x = (FloatVector) IntVector.broadcast(I, Memory.getInt(at))
                    .lanewise(VectorOperators.LSHR, shift).and(mask).convert(VectorOperators.I2F, 0);
            FloatVector y = (FloatVector) IntVector.broadcast(I, Memory.getInt(at + second))
                    .lanewise(VectorOperators.LSHR, secondShift).and(mask).convert(VectorOperators.I2F, 0);
            FloatVector w = FloatVector.broadcast(F, Memory.getFloat(factor));
            a = x.fma(w, a);
            b = y.fma(w, b);
            w = FloatVector.broadcast(F, Memory.getFloat(factor + stride));
            c = x.fma(w, c);
            d = y.fma(w, d);
        }
        a.intoMemorySegment(Memory.ALL, to, ORDER);
        b.intoMemorySegment(Memory.ALL, to + 4 * N, ORDER);
        c.intoMemorySegment(Memory.ALL, to + toStride, ORDER);
        d.intoMemorySegment(Memory.ALL, to + toStride + 4 * N, ORDER);
    }

    /**
     * Two rows of sums of two chunks, of codes of at most 4 bits: with twice the sums one waits less for the sum before.
     *
     * @param bits     of a code
     * @param codes    the chunks of the first vector
     * @param pitch    bytes from vector to vector
     * @param count    vectors
     * @param factors  two rows
     * @param stride   distance of rows of factors in floats
     * @param to       receives two rows of sums
     * @param toStride distance of rows of sums in floats
     */
    static void sumWide(int bits, long codes, long pitch, int count, long factors, long stride, long to,
            long toStride) {
        long factorStride = 4 * stride;
        long sumStride = 4 * toStride;
        IntVector shift = IntVector.fromArray(I, SHIFTS[bits], 0);
        IntVector secondShift = IntVector.fromArray(I, SHIFTS[bits], N);
        IntVector mask = IntVector.broadcast(I, (1 << bits) - 1);
        int second = secondWord(bits);
        int chunk = 2 * bits;
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector e = a;
        FloatVector f = a;
        FloatVector g = a;
        FloatVector h = a;
        for (int i = 0; i < count; i++) {
            long at = Memory.known(codes + pitch * i);
            long factor = Memory.known(factors + 4L * i);
            FloatVector v = FloatVector.broadcast(F, Memory.getFloat(factor));
            FloatVector w = FloatVector.broadcast(F, Memory.getFloat(factor + factorStride));
            FloatVector x = (FloatVector) IntVector.broadcast(I, Memory.getInt(at))
                    .lanewise(VectorOperators.LSHR, shift).and(mask).convert(VectorOperators.I2F, 0);
            a = x.fma(v, a);
            e = x.fma(w, e);
            x = (FloatVector) IntVector.broadcast(I, Memory.getInt(at + second))
                    .lanewise(VectorOperators.LSHR, secondShift).and(mask).convert(VectorOperators.I2F, 0);
            b = x.fma(v, b);
            f = x.fma(w, f);
            x = (FloatVector) IntVector.broadcast(I, Memory.getInt(at + chunk))
                    .lanewise(VectorOperators.LSHR, shift).and(mask).convert(VectorOperators.I2F, 0);
            c = x.fma(v, c);
            g = x.fma(w, g);
            x = (FloatVector) IntVector.broadcast(I, Memory.getInt(at + chunk + second))
                    .lanewise(VectorOperators.LSHR, secondShift).and(mask).convert(VectorOperators.I2F, 0);
            d = x.fma(v, d);
            h = x.fma(w, h);
        }
        a.intoMemorySegment(Memory.ALL, to, ORDER);
        b.intoMemorySegment(Memory.ALL, to + 4 * N, ORDER);
        c.intoMemorySegment(Memory.ALL, to + 8 * N, ORDER);
        d.intoMemorySegment(Memory.ALL, to + 12 * N, ORDER);
        e.intoMemorySegment(Memory.ALL, to + sumStride, ORDER);
        f.intoMemorySegment(Memory.ALL, to + sumStride + 4 * N, ORDER);
        g.intoMemorySegment(Memory.ALL, to + sumStride + 8 * N, ORDER);
        h.intoMemorySegment(Memory.ALL, to + sumStride + 12 * N, ORDER);
    }

    private static void sumFourBytes(long codes, long pitch, int count, long factors, long stride, long to,
            long toStride) {
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector e = a;
        FloatVector f = a;
        FloatVector g = a;
        FloatVector h = a;
        for (int i = 0; i < count; i++) {
            long at = Memory.known(codes + pitch * i);
            long factor = Memory.known(factors + 4L * i);
            IntVector word = (IntVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, Memory.ALL, at, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, I, 0);
            FloatVector x = (FloatVector) word.convert(VectorOperators.I2F, 0);
            word = (IntVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, Memory.ALL, at + N, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, I, 0);
            FloatVector y = (FloatVector) word.convert(VectorOperators.I2F, 0);
            FloatVector w = FloatVector.broadcast(F, Memory.getFloat(factor));
            a = x.fma(w, a);
            b = y.fma(w, b);
            w = FloatVector.broadcast(F, Memory.getFloat(factor + stride));
            c = x.fma(w, c);
            d = y.fma(w, d);
            w = FloatVector.broadcast(F, Memory.getFloat(factor + 2 * stride));
            e = x.fma(w, e);
            f = y.fma(w, f);
            w = FloatVector.broadcast(F, Memory.getFloat(factor + 3 * stride));
            g = x.fma(w, g);
            h = y.fma(w, h);
        }
        a.intoMemorySegment(Memory.ALL, to, ORDER);
        b.intoMemorySegment(Memory.ALL, to + 4 * N, ORDER);
        c.intoMemorySegment(Memory.ALL, to + toStride, ORDER);
        d.intoMemorySegment(Memory.ALL, to + toStride + 4 * N, ORDER);
        e.intoMemorySegment(Memory.ALL, to + 2 * toStride, ORDER);
        f.intoMemorySegment(Memory.ALL, to + 2 * toStride + 4 * N, ORDER);
        g.intoMemorySegment(Memory.ALL, to + 3 * toStride, ORDER);
        h.intoMemorySegment(Memory.ALL, to + 3 * toStride + 4 * N, ORDER);
    }

    private static void sumTwoBytes(long codes, long pitch, int count, long factors, long stride, long to,
            long toStride) {
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        for (int i = 0; i < count; i++) {
            long at = Memory.known(codes + pitch * i);
            long factor = Memory.known(factors + 4L * i);
            IntVector word = (IntVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, Memory.ALL, at, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, I, 0);
            FloatVector x = (FloatVector) word.convert(VectorOperators.I2F, 0);
            word = (IntVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, Memory.ALL, at + N, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, I, 0);
            FloatVector y = (FloatVector) word.convert(VectorOperators.I2F, 0);
            FloatVector w = FloatVector.broadcast(F, Memory.getFloat(factor));
            a = x.fma(w, a);
            b = y.fma(w, b);
            w = FloatVector.broadcast(F, Memory.getFloat(factor + stride));
            c = x.fma(w, c);
            d = y.fma(w, d);
        }
        a.intoMemorySegment(Memory.ALL, to, ORDER);
        b.intoMemorySegment(Memory.ALL, to + 4 * N, ORDER);
        c.intoMemorySegment(Memory.ALL, to + toStride, ORDER);
        d.intoMemorySegment(Memory.ALL, to + toStride + 4 * N, ORDER);
    }

    /**
     * Codes of one group as numbers.
     *
     * @param bits    of a code
     * @param codes   the first, at the beginning of a byte
     * @param count   how many, a multiple of {@link #N}
     * @param scale   of the group
     * @param minimum of the group
     * @param to      receives code * scale + minimum
     */
    static void expand(int bits, long codes, int count, float scale, float minimum, long to) {
        FloatVector scales = FloatVector.broadcast(F, scale);
        FloatVector minima = FloatVector.broadcast(F, minimum);
        if (bits == 8) {
            for (int i = 0; i < count; i += N) {
                IntVector word = (IntVector) ByteVector
                        .fromMemorySegment(ByteVector.SPECIES_64, Memory.ALL, codes + i, ORDER)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, I, 0);
                FloatVector x = (FloatVector) word.convert(VectorOperators.I2F, 0);
                x.fma(scales, minima).intoMemorySegment(Memory.ALL, to + 4L * i, ORDER);
            }
            return;
        }
        IntVector shift = IntVector.fromArray(I, SHIFTS[bits], 0);
        IntVector mask = IntVector.broadcast(I, (1 << bits) - 1);
        for (int i = 0; i < count; i += N) {
            int word = bits == 4 ? Memory.getInt(codes + i / 2) : word(bits, codes + (long) i / N * bits);
            FloatVector x = (FloatVector) IntVector.broadcast(I, word).lanewise(VectorOperators.LSHR, shift).and(mask)
                    .convert(VectorOperators.I2F, 0);
            x.fma(scales, minima).intoMemorySegment(Memory.ALL, to + 4L * i, ORDER);
        }
    }

    /** The bytes of eight codes and none beyond. */
    private static int word(int bits, long at) {
        return switch (bits) {
            case 1 -> Memory.getByte(at);
            case 2 -> Memory.getShort(at);
            default -> Memory.getShort(at) & 0xffff | Memory.getByte(at + 2) << 16;
        };
    }

    /**
     * Factors times scales, for the codes, and the sum of factors times minima.
     *
     * @param factors a factor a vector
     * @param scales  a scale a vector
     * @param minima  a minimum a vector
     * @param count   vectors
     * @param to      receives factors[i] scales[i]
     * @return the sum of factors[i] minima[i]
     */
    static float fold(long factors, long scales, long minima, int count, long to) {
        long f = Memory.known(factors);
        long s = Memory.known(scales);
        long m = Memory.known(minima);
        long target = Memory.known(to);
        FloatVector sums = FloatVector.zero(Lanes.F);
        int i = 0;
        for (; i <= count - Lanes.N; i += Lanes.N) {
            FloatVector factor = Lanes.floats(f + 4L * i);
            Lanes.store(factor.mul(Lanes.floats(s + 4L * i)), target + 4L * i);
            sums = factor.fma(Lanes.floats(m + 4L * i), sums);
        }
        float sum = Lanes.sum(sums);
        for (; i < count; i++) {
            float factor = Memory.getFloat(f + 4L * i);
            Memory.setFloat(target + 4L * i, factor * Memory.getFloat(s + 4L * i));
            sum = Math.fma(factor, Memory.getFloat(m + 4L * i), sum);
        }
        return sum;
    }

    /** to[i] += sums[i] + base. */
    static void add(long sums, float base, int count, long to) {
        long source = Memory.known(sums);
        long target = Memory.known(to);
        FloatVector bases = FloatVector.broadcast(F, base);
        int i = 0;
        for (; i <= count - N; i += N) {
            FloatVector.fromMemorySegment(F, Memory.ALL, source + 4L * i, ORDER).add(bases)
                    .add(FloatVector.fromMemorySegment(F, Memory.ALL, target + 4L * i, ORDER))
                    .intoMemorySegment(Memory.ALL, target + 4L * i, ORDER);
        }
        for (; i < count; i++) {
            Memory.setFloat(target + 4L * i,
                    Memory.getFloat(source + 4L * i) + base + Memory.getFloat(target + 4L * i));
        }
    }
}
