package lathe.engine.blas;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Scalar products of rows with rows, both contiguous: 4 x 3 of them at a time, since twelve sums and the seven vectors they
 * are fed from are what sixteen registers hold. Positions are in bytes, lengths in elements.
 */
final class DotTile {
    static final int ROWS = 4;
    static final int COLUMNS = 3;
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = FLOATS.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private DotTile() {}

    private static FloatVector load(MemorySegment memory, long at) {
        return FloatVector.fromMemorySegment(FLOATS, memory, at, ORDER);
    }

    /** Adds 4 x 3 products over k elements to the target, whose rows are targetStep bytes apart. */
    static void add(MemorySegment a, long aAt, long aStep, MemorySegment b, long bAt, long bStep, int k,
            MemorySegment c, long cAt, long cStep) {
        FloatVector c00 = FloatVector.zero(FLOATS);
        FloatVector c01 = c00;
        FloatVector c02 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c12 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c22 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        FloatVector c32 = c00;
        int bound = FLOATS.loopBound(k);
        for (int p = 0; p < bound; p += LANES) {
            long at = 4L * p;
            FloatVector b0 = load(b, bAt + at);
            FloatVector b1 = load(b, bAt + bStep + at);
            FloatVector b2 = load(b, bAt + 2 * bStep + at);
            FloatVector row = load(a, aAt + at);
            c00 = row.fma(b0, c00);
            c01 = row.fma(b1, c01);
            c02 = row.fma(b2, c02);
            row = load(a, aAt + aStep + at);
            c10 = row.fma(b0, c10);
            c11 = row.fma(b1, c11);
            c12 = row.fma(b2, c12);
            row = load(a, aAt + 2 * aStep + at);
            c20 = row.fma(b0, c20);
            c21 = row.fma(b1, c21);
            c22 = row.fma(b2, c22);
            row = load(a, aAt + 3 * aStep + at);
            c30 = row.fma(b0, c30);
            c31 = row.fma(b1, c31);
            c32 = row.fma(b2, c32);
        }
        finish(a, aAt, b, bAt, bStep, bound, k, c, cAt, c00, c01, c02);
        finish(a, aAt + aStep, b, bAt, bStep, bound, k, c, cAt + cStep, c10, c11, c12);
        finish(a, aAt + 2 * aStep, b, bAt, bStep, bound, k, c, cAt + 2 * cStep, c20, c21, c22);
        finish(a, aAt + 3 * aStep, b, bAt, bStep, bound, k, c, cAt + 3 * cStep, c30, c31, c32);
    }

    private static void finish(MemorySegment a, long aAt, MemorySegment b, long bAt, long bStep, int bound, int k,
            MemorySegment c, long cAt, FloatVector x, FloatVector y, FloatVector z) {
        float s0 = x.reduceLanes(VectorOperators.ADD);
        float s1 = y.reduceLanes(VectorOperators.ADD);
        float s2 = z.reduceLanes(VectorOperators.ADD);
        for (int p = bound; p < k; p++) {
            float value = a.get(JAVA_FLOAT_UNALIGNED, aAt + 4L * p);
            s0 += value * b.get(JAVA_FLOAT_UNALIGNED, bAt + 4L * p);
            s1 += value * b.get(JAVA_FLOAT_UNALIGNED, bAt + bStep + 4L * p);
            s2 += value * b.get(JAVA_FLOAT_UNALIGNED, bAt + 2 * bStep + 4L * p);
        }
        plus(c, cAt, s0);
        plus(c, cAt + 4, s1);
        plus(c, cAt + 8, s2);
    }

    private static void plus(MemorySegment c, long at, float value) {
        c.set(JAVA_FLOAT_UNALIGNED, at, c.get(JAVA_FLOAT_UNALIGNED, at) + value);
    }

    /** Adds the products of one row of a with four rows of b to four neighbours of the target. */
    static void addRow(MemorySegment a, long aAt, MemorySegment b, long bAt, long bStep, int k, MemorySegment c,
            long cAt) {
        FloatVector s0 = FloatVector.zero(FLOATS);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int bound = FLOATS.loopBound(k);
        for (int p = 0; p < bound; p += LANES) {
            long at = 4L * p;
            FloatVector x = load(a, aAt + at);
            s0 = x.fma(load(b, bAt + at), s0);
            s1 = x.fma(load(b, bAt + bStep + at), s1);
            s2 = x.fma(load(b, bAt + 2 * bStep + at), s2);
            s3 = x.fma(load(b, bAt + 3 * bStep + at), s3);
        }
        plus(c, cAt, rest(a, aAt, b, bAt, bound, k, s0));
        plus(c, cAt + 4, rest(a, aAt, b, bAt + bStep, bound, k, s1));
        plus(c, cAt + 8, rest(a, aAt, b, bAt + 2 * bStep, bound, k, s2));
        plus(c, cAt + 12, rest(a, aAt, b, bAt + 3 * bStep, bound, k, s3));
    }

    /** Adds one product to one element. */
    static void addOne(MemorySegment a, long aAt, MemorySegment b, long bAt, int k, MemorySegment c, long cAt) {
        FloatVector sum = FloatVector.zero(FLOATS);
        int bound = FLOATS.loopBound(k);
        for (int p = 0; p < bound; p += LANES) {
            sum = load(a, aAt + 4L * p).fma(load(b, bAt + 4L * p), sum);
        }
        plus(c, cAt, rest(a, aAt, b, bAt, bound, k, sum));
    }

    private static float rest(MemorySegment a, long aAt, MemorySegment b, long bAt, int bound, int k, FloatVector sum) {
        float all = sum.reduceLanes(VectorOperators.ADD);
        for (int p = bound; p < k; p++) {
            all += a.get(JAVA_FLOAT_UNALIGNED, aAt + 4L * p) * b.get(JAVA_FLOAT_UNALIGNED, bAt + 4L * p);
        }
        return all;
    }
}
