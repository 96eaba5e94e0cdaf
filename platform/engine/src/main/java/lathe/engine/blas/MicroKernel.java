package lathe.engine.blas;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

import lathe.engine.kernels.Memory;

/** The innermost loops of {@link VectorGemm}. */
final class MicroKernel {
    /** Rows at once: with two vectors across that is twelve sums, two operands and a broadcast in sixteen registers. */
    static final int ROWS = 6;
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = FLOATS.length();
    static final int COLUMNS = 2 * LANES;
    /** Longest sums of one call: the longer, the seldomer sums go to memory; strips of 64 KiB come from a second-level cache. */
    static final int DEPTH = 1024;
    /** From row to row of a left panel: rows a page apart would share the few places of a first-level cache. */
    static final int PITCH = DEPTH + 16;
    /** Steps of a sum that are written out. */
    static final int STEP = 4;
    /**
     * Elements that panels have beyond those that are used. The compiler joins the bounds checks of a step with those of the
     * next ones, before it asks whether there are any; where they fail, it compiles the loop anew with a check for every
     * access, three times as slow. How far ahead it looks in an unrolled loop is not known: this is plenty.
     */
    static final int ROOM = 16 * STEP * COLUMNS;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private MicroKernel() {}

    /**
     * sums = the product of six rows and two vectors of packed columns. Twelve sums, two columns and one number fill
     * sixteen registers. Left alone the compiler brings all numbers of a step into registers before it multiplies with any,
     * which then spill; a fence, which is no instruction here, keeps it from moving loads upwards. The panels lie on the
     * heap, where an access is few nodes to the compiler: with memory segments the end of this method would not be inlined.
     *
     * @param k    length of the sums, a multiple of {@link #STEP}, at most {@link #DEPTH}
     * @param step {@link #STEP}; as a parameter, so that the loop is not unrolled any further
     * @param a    six rows, each at {@link #PITCH} behind the one before, from aAt on
     * @param b    packed columns, [k, 2 vectors], from bAt on
     * @param sums receives [6, 2 vectors]
     */
    static void multiply(int k, int step, float[] a, int aAt, float[] b, int bAt, float[] sums) {
        FloatVector c00 = FloatVector.zero(FLOATS);
        FloatVector c01 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        FloatVector c40 = c00;
        FloatVector c41 = c00;
        FloatVector c50 = c00;
        FloatVector c51 = c00;
        for (int p = 0; p < k; p += step) {
            FloatVector b0 = FloatVector.fromArray(FLOATS, b, bAt);
            FloatVector b1 = FloatVector.fromArray(FLOATS, b, bAt + LANES);
            FloatVector x = FloatVector.broadcast(FLOATS, a[aAt]);
            c00 = x.fma(b0, c00);
            c01 = x.fma(b1, c01);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(FLOATS, a[aAt + PITCH]);
            c10 = x.fma(b0, c10);
            c11 = x.fma(b1, c11);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(FLOATS, a[aAt + 2 * PITCH]);
            c20 = x.fma(b0, c20);
            c21 = x.fma(b1, c21);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(FLOATS, a[aAt + 3 * PITCH]);
            c30 = x.fma(b0, c30);
            c31 = x.fma(b1, c31);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(FLOATS, a[aAt + 4 * PITCH]);
            c40 = x.fma(b0, c40);
            c41 = x.fma(b1, c41);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(FLOATS, a[aAt + 5 * PITCH]);
            c50 = x.fma(b0, c50);
            c51 = x.fma(b1, c51);
            VarHandle.loadLoadFence();
            b0 = FloatVector.fromArray(FLOATS, b, bAt + 2 * LANES);
            b1 = FloatVector.fromArray(FLOATS, b, bAt + 3 * LANES);
            x = FloatVector.broadcast(FLOATS, a[aAt + 1]);
            c00 = x.fma(b0, c00);
            c01 = x.fma(b1, c01);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(FLOATS, a[aAt + PITCH + 1]);
            c10 = x.fma(b0, c10);
            c11 = x.fma(b1, c11);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(FLOATS, a[aAt + 2 * PITCH + 1]);
            c20 = x.fma(b0, c20);
            c21 = x.fma(b1, c21);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(FLOATS, a[aAt + 3 * PITCH + 1]);
            c30 = x.fma(b0, c30);
            c31 = x.fma(b1, c31);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(FLOATS, a[aAt + 4 * PITCH + 1]);
            c40 = x.fma(b0, c40);
            c41 = x.fma(b1, c41);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(FLOATS, a[aAt + 5 * PITCH + 1]);
            c50 = x.fma(b0, c50);
            c51 = x.fma(b1, c51);
            VarHandle.loadLoadFence();
            b0 = FloatVector.fromArray(FLOATS, b, bAt + 4 * LANES);
            b1 = FloatVector.fromArray(FLOATS, b, bAt + 5 * LANES);
            x = FloatVector.broadcast(FLOATS, a[aAt + 2]);
            c00 = x.fma(b0, c00);
            c01 = x.fma(b1, c01);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(FLOATS, a[aAt + PITCH + 2]);
            c10 = x.fma(b0, c10);
            c11 = x.fma(b1, c11);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(FLOATS, a[aAt + 2 * PITCH + 2]);
            c20 = x.fma(b0, c20);
            c21 = x.fma(b1, c21);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(FLOATS, a[aAt + 3 * PITCH + 2]);
            c30 = x.fma(b0, c30);
            c31 = x.fma(b1, c31);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(FLOATS, a[aAt + 4 * PITCH + 2]);
            c40 = x.fma(b0, c40);
            c41 = x.fma(b1, c41);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(FLOATS, a[aAt + 5 * PITCH + 2]);
            c50 = x.fma(b0, c50);
            c51 = x.fma(b1, c51);
            VarHandle.loadLoadFence();
            b0 = FloatVector.fromArray(FLOATS, b, bAt + 6 * LANES);
            b1 = FloatVector.fromArray(FLOATS, b, bAt + 7 * LANES);
            x = FloatVector.broadcast(FLOATS, a[aAt + 3]);
            c00 = x.fma(b0, c00);
            c01 = x.fma(b1, c01);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(FLOATS, a[aAt + PITCH + 3]);
            c10 = x.fma(b0, c10);
            c11 = x.fma(b1, c11);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(FLOATS, a[aAt + 2 * PITCH + 3]);
            c20 = x.fma(b0, c20);
            c21 = x.fma(b1, c21);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(FLOATS, a[aAt + 3 * PITCH + 3]);
            c30 = x.fma(b0, c30);
            c31 = x.fma(b1, c31);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(FLOATS, a[aAt + 4 * PITCH + 3]);
            c40 = x.fma(b0, c40);
            c41 = x.fma(b1, c41);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(FLOATS, a[aAt + 5 * PITCH + 3]);
            c50 = x.fma(b0, c50);
            c51 = x.fma(b1, c51);
            VarHandle.loadLoadFence();
            aAt += STEP;
            bAt += STEP * COLUMNS;
        }
        c00.intoArray(sums, 0);
        c01.intoArray(sums, LANES);
        c10.intoArray(sums, 2 * LANES);
        c11.intoArray(sums, 3 * LANES);
        c20.intoArray(sums, 4 * LANES);
        c21.intoArray(sums, 5 * LANES);
        c30.intoArray(sums, 6 * LANES);
        c31.intoArray(sums, 7 * LANES);
        c40.intoArray(sums, 8 * LANES);
        c41.intoArray(sums, 9 * LANES);
        c50.intoArray(sums, 10 * LANES);
        c51.intoArray(sums, 11 * LANES);
    }

    /**
     * Writes or adds a whole tile of sums.
     *
     * @param sums       [6, 2 vectors]
     * @param accumulate whether to add
     * @param to         address of the tile
     * @param step       bytes from row to row
     */
    static void put(float[] sums, boolean accumulate, long to, long step) {
        for (int row = 0; row < ROWS; row++) {
            long at = Memory.known(to + row * step);
            FloatVector first = FloatVector.fromArray(FLOATS, sums, row * COLUMNS);
            FloatVector second = FloatVector.fromArray(FLOATS, sums, row * COLUMNS + LANES);
            if (accumulate) {
                first = first.add(FloatVector.fromMemorySegment(FLOATS, Memory.ALL, at, ORDER));
                second = second.add(FloatVector.fromMemorySegment(FLOATS, Memory.ALL, at + 4 * LANES, ORDER));
            }
            first.intoMemorySegment(Memory.ALL, at, ORDER);
            second.intoMemorySegment(Memory.ALL, at + 4 * LANES, ORDER);
        }
    }

    /** Four scalar products of one row of a with neighbouring rows of b; positions in bytes. */
    static void dot(MemorySegment a, long aAt, MemorySegment b, long bAt, long bStep, int k, MemorySegment c, long cAt,
            boolean accumulate) {
        FloatVector s0 = FloatVector.zero(FLOATS);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int bound = FLOATS.loopBound(k);
        for (int p = 0; p < bound; p += LANES) {
            long at = 4L * p;
            FloatVector x = FloatVector.fromMemorySegment(FLOATS, a, aAt + at, ORDER);
            s0 = x.fma(FloatVector.fromMemorySegment(FLOATS, b, bAt + at, ORDER), s0);
            s1 = x.fma(FloatVector.fromMemorySegment(FLOATS, b, bAt + bStep + at, ORDER), s1);
            s2 = x.fma(FloatVector.fromMemorySegment(FLOATS, b, bAt + 2 * bStep + at, ORDER), s2);
            s3 = x.fma(FloatVector.fromMemorySegment(FLOATS, b, bAt + 3 * bStep + at, ORDER), s3);
        }
        put(c, cAt, rest(a, aAt, b, bAt, bound, k, s0), accumulate);
        put(c, cAt + 4, rest(a, aAt, b, bAt + bStep, bound, k, s1), accumulate);
        put(c, cAt + 8, rest(a, aAt, b, bAt + 2 * bStep, bound, k, s2), accumulate);
        put(c, cAt + 12, rest(a, aAt, b, bAt + 3 * bStep, bound, k, s3), accumulate);
    }

    /** One scalar product. */
    static void dotOne(MemorySegment a, long aAt, MemorySegment b, long bAt, int k, MemorySegment c, long cAt,
            boolean accumulate) {
        FloatVector sum = FloatVector.zero(FLOATS);
        int bound = FLOATS.loopBound(k);
        for (int p = 0; p < bound; p += LANES) {
            sum = FloatVector.fromMemorySegment(FLOATS, a, aAt + 4L * p, ORDER)
                    .fma(FloatVector.fromMemorySegment(FLOATS, b, bAt + 4L * p, ORDER), sum);
        }
        put(c, cAt, rest(a, aAt, b, bAt, bound, k, sum), accumulate);
    }

    private static float rest(MemorySegment a, long aAt, MemorySegment b, long bAt, int bound, int k, FloatVector sum) {
        float all = sum.reduceLanes(VectorOperators.ADD);
        for (int p = bound; p < k; p++) {
            all += a.get(JAVA_FLOAT_UNALIGNED, aAt + 4L * p) * b.get(JAVA_FLOAT_UNALIGNED, bAt + 4L * p);
        }
        return all;
    }

    private static void put(MemorySegment c, long at, float value, boolean accumulate) {
        c.set(JAVA_FLOAT_UNALIGNED, at, accumulate ? c.get(JAVA_FLOAT_UNALIGNED, at) + value : value);
    }
}
