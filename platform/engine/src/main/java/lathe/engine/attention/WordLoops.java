package lathe.engine.attention;

import java.nio.ByteOrder;
import java.util.Arrays;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

import lathe.engine.blas.CoreType;
import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.Memory;

/** The loops of {@link WordSums}, written out. */
final class WordLoops {
    /** Fields of a word that are masked before it is shifted. */
    static final int FIELDS = 4;
    /** Lanes: sixteen where there are as many, eight otherwise. */
    static final int N = Lanes.N == 16 ? 16 : 8;
    private static final VectorSpecies<Integer> I = N == 16 ? IntVector.SPECIES_512 : IntVector.SPECIES_256;
    private static final VectorSpecies<Float> F = N == 16 ? FloatVector.SPECIES_512 : FloatVector.SPECIES_256;
    private static final VectorSpecies<Short> SHORTS = N == 16 ? ShortVector.SPECIES_256 : ShortVector.SPECIES_128;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    /** For every number of lanes that share one, from which place a lane takes it. */
    private static final int[][] LANES = new int[N + 1][];
    /** For every size of a code the masks of four fields, a vector each. */
    private static final int[][] MASKS = new int[5][];
    /**
     * Whether masked fields are read as floats as they are. One below 2^24 is, read so, that integer times 2^-149, and nothing
     * has to be converted where the processor multiplies subnormal numbers as quickly as others. It is asked at every use: a
     * conversion that is chosen once and kept is a call in a process that uses others, and boxes its vectors.
     */
    private static final boolean SUBNORMAL = CoreType.quickSubnormals();
    /** What factors are multiplied by in return, as far as they can bear it; the rest is left to the sums. */
    private static final float UP = SUBNORMAL ? 0x1p64f : 1;
    private static final float DOWN = SUBNORMAL ? 0x1p85f : 1;
    /** For every size of a code what undoes the place of a field in four. */
    private static final float[][] UNITS = new float[5][];
    /** For every number of lanes that repeat, where a lane finds the next with the same meaning. */
    private static final int[][] NEXT = new int[N + 1][];

    static {
        for (int shared = 1; shared <= N; shared *= 2) {
            LANES[shared] = new int[N];
            NEXT[shared] = new int[N];
            for (int lane = 0; lane < N; lane++) {
                LANES[shared][lane] = lane / shared;
                NEXT[shared][lane] = (lane + shared) % N;
            }
        }
        for (int bits = 1; bits <= 4; bits *= 2) {
            MASKS[bits] = new int[FIELDS * N];
            UNITS[bits] = new float[FIELDS];
            for (int field = 0; field < FIELDS; field++) {
                Arrays.fill(MASKS[bits], N * field, N * (field + 1), (1 << bits) - 1 << bits * field);
                UNITS[bits][field] = DOWN / (1 << bits * field);
            }
        }
    }

    private WordLoops() {}

    /**
     * Factors times scales, and sums of factors times minima.
     *
     * @param factors one a vector
     * @param scales  of the groups of every vector
     * @param minima  of the groups of every vector
     * @param vectors how many
     * @param groups  of a vector, a divisor of N
     * @param to      receives factors times scales, in the unit in which {@link #spread} expects their sums
     * @param bases   receives a sum a group, and as many again as fill the lanes
     */
    static void fold(long factors, long scales, long minima, int vectors, int groups, long to, long bases) {
        long f = Memory.known(factors);
        long s = Memory.known(scales);
        long m = Memory.known(minima);
        long target = Memory.known(to);
        IntVector lanes = IntVector.fromArray(I, LANES[groups], 0);
        FloatVector up = FloatVector.broadcast(F, UP);
        FloatVector sums = FloatVector.zero(F);
        int step = 4 * N / groups;
        int count = vectors * groups;
        for (int n = 0; n <= count - N; n += N) {
            int i = n & Integer.MAX_VALUE;
            long at = Memory.known(f + (long) (n / N) * step);
            FloatVector factor = lanes.selectFrom(IntVector.fromMemorySegment(I, Memory.ALL, at, ORDER))
                    .reinterpretAsFloats();
            factor.mul(FloatVector.fromMemorySegment(F, Memory.ALL, s + 4L * i, ORDER)).mul(up)
                    .intoMemorySegment(Memory.ALL, target + 4L * i, ORDER);
            sums = factor.fma(FloatVector.fromMemorySegment(F, Memory.ALL, m + 4L * i, ORDER), sums);
        }
        sums.intoMemorySegment(Memory.ALL, Memory.known(bases), ORDER);
        for (int n = count & -N; n < count; n++) {
            float factor = Memory.getFloat(f + 4L * (n / groups));
            long base = bases + 4L * (n % N);
            Memory.setFloat(target + 4L * n, factor * Memory.getFloat(s + 4L * n) * UP);
            Memory.setFloat(base, Math.fma(factor, Memory.getFloat(m + 4L * n), Memory.getFloat(base)));
        }
        addRepeated(Memory.known(bases), groups);
    }

    /**
     * The same with scales and minima of 16 bits, widened as {@link Halves} does it, but here, where they are read: so they
     * come from memory while codes are summed, and not all at once before.
     */
    static void foldHalves(long factors, long scales, long minima, int vectors, int groups, long to, long bases) {
        long f = Memory.known(factors);
        long s = Memory.known(scales);
        long m = Memory.known(minima);
        long target = Memory.known(to);
        IntVector lanes = IntVector.fromArray(I, LANES[groups], 0);
        IntVector kept = IntVector.broadcast(I, Halves.KEPT);
        FloatVector sums = FloatVector.zero(F);
        int step = 4 * N / groups;
        int count = vectors * groups;
        for (int n = 0; n <= count - N; n += N) {
            int i = n & Integer.MAX_VALUE;
            long at = Memory.known(f + (long) (n / N) * step);
            FloatVector factor = lanes.selectFrom(IntVector.fromMemorySegment(I, Memory.ALL, at, ORDER))
                    .reinterpretAsFloats();
            IntVector scale = (IntVector) ShortVector.fromMemorySegment(SHORTS, Memory.ALL, s + 2L * i, ORDER)
                    .convertShape(VectorOperators.S2I, I, 0);
            scale.lanewise(VectorOperators.LSHL, 13).and(kept).reinterpretAsFloats().mul(Halves.UP)
                    .mul(Halves.FURTHER).mul(UP * Halves.DOWN).mul(factor)
                    .intoMemorySegment(Memory.ALL, target + 4L * i, ORDER);
            IntVector minimum = (IntVector) ShortVector.fromMemorySegment(SHORTS, Memory.ALL, m + 2L * i, ORDER)
                    .convertShape(VectorOperators.S2I, I, 0);
            sums = minimum.lanewise(VectorOperators.LSHL, 13).and(kept).reinterpretAsFloats().mul(Halves.UP)
                    .mul(Halves.FURTHER).mul(Halves.DOWN).fma(factor, sums);
        }
        sums.intoMemorySegment(Memory.ALL, Memory.known(bases), ORDER);
        for (int n = count & -N; n < count; n++) {
            float factor = Memory.getFloat(f + 4L * (n / groups));
            long base = bases + 4L * (n % N);
            Memory.setFloat(target + 4L * n, factor * Float.float16ToFloat(Memory.getShort(s + 2L * n)) * UP);
            Memory.setFloat(base, Math.fma(factor, Float.float16ToFloat(Memory.getShort(m + 2L * n)),
                    Memory.getFloat(base)));
        }
        addRepeated(Memory.known(bases), groups);
    }

    /** Gives every lane the sum of those that are a multiple of {@code distance} away. */
    private static void addRepeated(long at, int distance) {
        FloatVector sum = FloatVector.fromMemorySegment(F, Memory.ALL, at, ORDER);
        for (int far = distance; far < N; far *= 2) {
            IntVector next = IntVector.fromArray(I, NEXT[far], 0);
            sum = sum.add(next.selectFrom(sum.reinterpretAsInts()).reinterpretAsFloats());
        }
        sum.intoMemorySegment(Memory.ALL, at, ORDER);
    }

    /**
     * One row of sums of eight fields of every word, from a shift on.
     *
     * @param codes      the first words
     * @param step       bytes from step to step
     * @param steps      how many
     * @param factors    those of the first step
     * @param factorStep bytes from step to step
     * @param bits       of a code
     * @param shared     lanes that share a factor
     * @param shift      of the first field
     * @param to         receives sums field by field, those of a place in four times 2^(bits * place) too large
     */
    static void sumOne(long codes, int step, int steps, long factors, int factorStep, int bits, int shared, int shift,
            long to) {
        IntVector lanes = IntVector.fromArray(I, LANES[shared], 0);
        IntVector mask = IntVector.fromArray(I, MASKS[bits], 0);
        IntVector secondMask = IntVector.fromArray(I, MASKS[bits], N);
        IntVector thirdMask = IntVector.fromArray(I, MASKS[bits], 2 * N);
        IntVector fourthMask = IntVector.fromArray(I, MASKS[bits], 3 * N);
        IntVector shifts = IntVector.broadcast(I, shift);
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector e = a;
        FloatVector f = a;
        FloatVector g = a;
        FloatVector h = a;
        IntVector further = IntVector.broadcast(I, FIELDS * bits);
        for (int i = 0; i < steps; i++) {
            long at = Memory.known(codes + (long) step * i);
            long factor = Memory.known(factors + (long) factorStep * i);
            FloatVector w = lanes.selectFrom(IntVector.fromMemorySegment(I, Memory.ALL, factor, ORDER))
                    .reinterpretAsFloats();
            IntVector word = IntVector.fromMemorySegment(I, Memory.ALL, at, ORDER)
                    .lanewise(VectorOperators.LSHR, shifts);
            a = (SUBNORMAL ? word.and(mask).reinterpretAsFloats()
                    : (FloatVector) word.and(mask).convert(VectorOperators.I2F, 0)).fma(w, a);
            b = (SUBNORMAL ? word.and(secondMask).reinterpretAsFloats()
                    : (FloatVector) word.and(secondMask).convert(VectorOperators.I2F, 0)).fma(w, b);
            c = (SUBNORMAL ? word.and(thirdMask).reinterpretAsFloats()
                    : (FloatVector) word.and(thirdMask).convert(VectorOperators.I2F, 0)).fma(w, c);
            d = (SUBNORMAL ? word.and(fourthMask).reinterpretAsFloats()
                    : (FloatVector) word.and(fourthMask).convert(VectorOperators.I2F, 0)).fma(w, d);
            word = word.lanewise(VectorOperators.LSHR, further);
            e = (SUBNORMAL ? word.and(mask).reinterpretAsFloats()
                    : (FloatVector) word.and(mask).convert(VectorOperators.I2F, 0)).fma(w, e);
            f = (SUBNORMAL ? word.and(secondMask).reinterpretAsFloats()
                    : (FloatVector) word.and(secondMask).convert(VectorOperators.I2F, 0)).fma(w, f);
            g = (SUBNORMAL ? word.and(thirdMask).reinterpretAsFloats()
                    : (FloatVector) word.and(thirdMask).convert(VectorOperators.I2F, 0)).fma(w, g);
            h = (SUBNORMAL ? word.and(fourthMask).reinterpretAsFloats()
                    : (FloatVector) word.and(fourthMask).convert(VectorOperators.I2F, 0)).fma(w, h);
        }
        a.intoMemorySegment(Memory.ALL, to, ORDER);
        b.intoMemorySegment(Memory.ALL, to + 4 * N, ORDER);
        c.intoMemorySegment(Memory.ALL, to + 8 * N, ORDER);
        d.intoMemorySegment(Memory.ALL, to + 12 * N, ORDER);
        e.intoMemorySegment(Memory.ALL, to + 16 * N, ORDER);
        f.intoMemorySegment(Memory.ALL, to + 20 * N, ORDER);
        g.intoMemorySegment(Memory.ALL, to + 24 * N, ORDER);
        h.intoMemorySegment(Memory.ALL, to + 28 * N, ORDER);
    }

    /**
     * Two rows of sums of four fields of every word, from a shift on.
     *
     * @param codes      the first words
     * @param step       bytes from step to step
     * @param steps      how many
     * @param factors    those of the first step
     * @param second     bytes from the first row of factors to the second
     * @param factorStep bytes from step to step
     * @param bits       of a code
     * @param shared     lanes that share a factor
     * @param shift      of the first field
     * @param to         receives sums field by field, those of a place in four times 2^(bits * place) too large
     * @param toStride   bytes from the first row of sums to the second
     */
    static void sumTwo(long codes, int step, int steps, long factors, long second, int factorStep, int bits,
            int shared, int shift, long to, long toStride) {
        IntVector lanes = IntVector.fromArray(I, LANES[shared], 0);
        IntVector mask = IntVector.fromArray(I, MASKS[bits], 0);
        IntVector secondMask = IntVector.fromArray(I, MASKS[bits], N);
        IntVector thirdMask = IntVector.fromArray(I, MASKS[bits], 2 * N);
        IntVector fourthMask = IntVector.fromArray(I, MASKS[bits], 3 * N);
        IntVector shifts = IntVector.broadcast(I, shift);
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector e = a;
        FloatVector f = a;
        FloatVector g = a;
        FloatVector h = a;
        for (int i = 0; i < steps; i++) {
            long at = Memory.known(codes + (long) step * i);
            long factor = Memory.known(factors + (long) factorStep * i);
            FloatVector v = lanes.selectFrom(IntVector.fromMemorySegment(I, Memory.ALL, factor, ORDER))
                    .reinterpretAsFloats();
            FloatVector w = lanes.selectFrom(IntVector.fromMemorySegment(I, Memory.ALL, factor + second, ORDER))
                    .reinterpretAsFloats();
            IntVector word = IntVector.fromMemorySegment(I, Memory.ALL, at, ORDER)
                    .lanewise(VectorOperators.LSHR, shifts);
            FloatVector x = SUBNORMAL ? word.and(mask).reinterpretAsFloats()
                    : (FloatVector) word.and(mask).convert(VectorOperators.I2F, 0);
            a = x.fma(v, a);
            e = x.fma(w, e);
            x = SUBNORMAL ? word.and(secondMask).reinterpretAsFloats()
                    : (FloatVector) word.and(secondMask).convert(VectorOperators.I2F, 0);
            b = x.fma(v, b);
            f = x.fma(w, f);
            x = SUBNORMAL ? word.and(thirdMask).reinterpretAsFloats()
                    : (FloatVector) word.and(thirdMask).convert(VectorOperators.I2F, 0);
            c = x.fma(v, c);
            g = x.fma(w, g);
            x = SUBNORMAL ? word.and(fourthMask).reinterpretAsFloats()
                    : (FloatVector) word.and(fourthMask).convert(VectorOperators.I2F, 0);
            d = x.fma(v, d);
            h = x.fma(w, h);
        }
        a.intoMemorySegment(Memory.ALL, to, ORDER);
        b.intoMemorySegment(Memory.ALL, to + 4 * N, ORDER);
        c.intoMemorySegment(Memory.ALL, to + 8 * N, ORDER);
        d.intoMemorySegment(Memory.ALL, to + 12 * N, ORDER);
        e.intoMemorySegment(Memory.ALL, to + toStride, ORDER);
        f.intoMemorySegment(Memory.ALL, to + toStride + 4 * N, ORDER);
        g.intoMemorySegment(Memory.ALL, to + toStride + 8 * N, ORDER);
        h.intoMemorySegment(Memory.ALL, to + toStride + 12 * N, ORDER);
    }

    /** Gives every lane the sum of those with the same meaning, field by field. */
    static void addLanes(long sums, int words, int bits) {
        long source = Memory.known(sums);
        for (int far = words; far < N; far *= 2) {
            IntVector next = IntVector.fromArray(I, NEXT[far], 0);
            for (int n = 0; n < Integer.SIZE / bits; n++) {
                long at = source + 4L * N * (n & Integer.SIZE - 1);
                IntVector sum = IntVector.fromMemorySegment(I, Memory.ALL, at, ORDER);
                sum.reinterpretAsFloats().add(next.selectFrom(sum).reinterpretAsFloats())
                        .intoMemorySegment(Memory.ALL, at, ORDER);
            }
        }
    }

    /**
     * Hands sums of whole words to their numbers: takes out the power of two of a field's place, adds what minima bring.
     * One method for all words, larger than what the compiler draws into its caller: there its budget would end within the
     * loop.
     *
     * @param sums   field by field
     * @param words  how many
     * @param bits   of a code
     * @param shared lanes that share a base
     * @param bases  those of the first lanes
     * @param to     number of the first word's first field
     */
    static void spread(long sums, int words, int bits, int shared, long bases, long to) {
        long source = Memory.known(sums);
        long target = Memory.known(to);
        int fields = Integer.SIZE / bits;
        float first = UNITS[bits][0];
        float second = UNITS[bits][1];
        float third = UNITS[bits][2];
        float fourth = UNITS[bits][3];
        for (int w = 0; w < words; w++) {
            int word = w & N - 1;
            float base = Memory.getFloat(bases + 4L * (word / shared));
            for (int n = 0; n < fields; n += FIELDS) {
                int field = n & Integer.SIZE - 1;
                long at = source + 4L * N * field + 4L * word;
                long number = target + 4L * (word * fields & 511) + 4L * field;
                Memory.setFloat(number, Memory.getFloat(number) + Math.fma(Memory.getFloat(at), first, base));
                Memory.setFloat(number + 4,
                        Memory.getFloat(number + 4) + Math.fma(Memory.getFloat(at + 4 * N), second, base));
                Memory.setFloat(number + 8,
                        Memory.getFloat(number + 8) + Math.fma(Memory.getFloat(at + 8 * N), third, base));
                Memory.setFloat(number + 12,
                        Memory.getFloat(number + 12) + Math.fma(Memory.getFloat(at + 12 * N), fourth, base));
            }
        }
    }
}
