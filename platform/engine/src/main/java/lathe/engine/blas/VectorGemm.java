package lathe.engine.blas;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;

import jdk.incubator.vector.FloatVector;

/**
 * The product that takes OpenBLAS's place where it is absent: panels of both matrices are packed in the order in which
 * {@link MicroKernel} reads them (Goto and van de Geijn, Anatomy of high-performance matrix multiplication, 2008), which
 * also makes transposed operands cost nothing extra. Few rows times a transposed matrix are scalar products of rows
 * instead: there nothing is packed and the matrix is read once, which is faster than OpenBLAS as well.
 */
public final class VectorGemm implements Gemm {
    private static final int ROWS = MicroKernel.ROWS;
    private static final int COLUMNS = MicroKernel.COLUMNS;
    /** Length of the sums of one pass: a strip of packed columns stays in a first-level cache. */
    private static final int DEPTH = 256;
    /** Packed rows: with DEPTH that is 150 KiB, which stays in a second-level cache. */
    private static final int TALL = 144;
    private static final int WIDE = 512;
    /** Up to so many rows, scalar products are the faster way. */
    private static final int FEW_ROWS = 8;
    /** Rows of right that are used for all of few rows of left before the next ones. */
    private static final int STRIP = 16;
    private static final ThreadLocal<Panels> PANELS = ThreadLocal.withInitial(Panels::new);

    private static final class Panels {
        final float[] left = new float[TALL * DEPTH];
        final float[] right = new float[WIDE * DEPTH];
        final float[] sums = new float[ROWS * COLUMNS];
    }

    @Override
    public void multiply(boolean accumulate, boolean leftTransposed, boolean rightTransposed, int m, int n, int k,
            MemorySegment left, int leftStride, MemorySegment right, int rightStride, MemorySegment target,
            int targetStride) {
        if (m <= FEW_ROWS && !leftTransposed && rightTransposed) {
            fewRows(accumulate, m, n, k, left, 4L * leftStride, right, 4L * rightStride, target, 4L * targetStride);
            return;
        }
        if (!accumulate) {
            for (int i = 0; i < m; i++) {
                target.asSlice(4L * i * targetStride, 4L * n).fill((byte) 0);
            }
        }
        Panels panels = PANELS.get();
        for (int column = 0; column < n; column += WIDE) {
            int wide = Math.min(WIDE, n - column);
            for (int p = 0; p < k; p += DEPTH) {
                int depth = Math.min(DEPTH, k - p);
                long from = 4 * (rightTransposed ? (long) column * rightStride + p : (long) p * rightStride + column);
                pack(right, from, rightTransposed, rightStride, wide, depth, COLUMNS, panels.right);
                for (int row = 0; row < m; row += TALL) {
                    int tall = Math.min(TALL, m - row);
                    long start = 4 * (leftTransposed ? (long) p * leftStride + row : (long) row * leftStride + p);
                    pack(left, start, !leftTransposed, leftStride, tall, depth, ROWS, panels.left);
                    block(panels, tall, wide, depth, target, 4 * ((long) row * targetStride + column),
                            4L * targetStride);
                }
            }
        }
    }

    /**
     * Packs lines (rows of left, columns of right) in groups: the group's first elements, its second ones and so on; the
     * last group is filled up with zeros.
     */
    private static void pack(MemorySegment source, long at, boolean alongStorage, int stride, int lines, int depth,
            int group, float[] panel) {
        for (int first = 0; first < lines; first += group) {
            int start = first * depth;
            int count = Math.min(group, lines - first);
            if (count < group) {
                java.util.Arrays.fill(panel, start, start + group * depth, 0f);
            }
            if (alongStorage) {
                for (int line = 0; line < count; line++) {
                    long from = at + 4L * (first + line) * stride;
                    for (int p = 0; p < depth; p++) {
                        panel[start + p * group + line] = source.get(JAVA_FLOAT_UNALIGNED, from + 4L * p);
                    }
                }
            } else {
                for (int p = 0; p < depth; p++) {
                    MemorySegment.copy(source, JAVA_FLOAT_UNALIGNED, at + 4 * ((long) p * stride + first), panel,
                            start + p * group, count);
                }
            }
        }
    }

    private static void block(Panels panels, int tall, int wide, int depth, MemorySegment target, long at, long step) {
        float[] sums = panels.sums;
        for (int j = 0; j < wide; j += COLUMNS) {
            int columns = Math.min(COLUMNS, wide - j);
            for (int i = 0; i < tall; i += ROWS) {
                MicroKernel.multiply(depth, panels.left, i * depth, panels.right, j * depth, sums);
                for (int row = 0; row < Math.min(ROWS, tall - i); row++) {
                    long to = at + (i + row) * step + 4L * j;
                    for (int c = 0; c < columns; c++) {
                        float value = target.get(JAVA_FLOAT_UNALIGNED, to + 4L * c) + sums[row * COLUMNS + c];
                        target.set(JAVA_FLOAT_UNALIGNED, to + 4L * c, value);
                    }
                }
            }
        }
    }

    private static void fewRows(boolean accumulate, int m, int n, int k, MemorySegment a, long aStep, MemorySegment b,
            long bStep, MemorySegment c, long cStep) {
        for (int start = 0; start < n; start += STRIP) {
            int end = Math.min(n, start + STRIP);
            for (int i = 0; i < m; i++) {
                int j = start;
                for (; j + 4 <= end; j += 4) {
                    MicroKernel.dot(a, i * aStep, b, j * bStep, bStep, k, c, i * cStep + 4L * j, accumulate);
                }
                for (; j < end; j++) {
                    MicroKernel.dotOne(a, i * aStep, b, j * bStep, k, c, i * cStep + 4L * j, accumulate);
                }
            }
        }
    }

    @Override
    public String description() {
        return "matrix product of the Vector API (" + FloatVector.SPECIES_PREFERRED.vectorBitSize() + " bits)";
    }
}
