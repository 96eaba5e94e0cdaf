package lathe.engine.blas;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

import jdk.incubator.vector.FloatVector;

/**
 * The product by scalar products of rows ({@link DotTile}): what takes OpenBLAS's place where it is absent, and what is
 * faster than it for few rows times a transposed matrix, since nothing is packed and the matrix is read once. An operand
 * whose sums do not run along its rows is transposed into a panel first.
 */
public final class VectorGemm implements Gemm {
    /** Length of the sums of one pass: a panel of so many columns and PANEL rows stays in a second-level cache. */
    private static final int DEPTH = 512;
    /** Rows of right that are used for all rows of left before the next ones. */
    private static final int PANEL = 96;
    private static final ThreadLocal<MemorySegment[]> PANELS = ThreadLocal
            .withInitial(() -> new MemorySegment[] {MemorySegment.NULL, MemorySegment.NULL});

    @Override
    public void multiply(boolean accumulate, boolean leftTransposed, boolean rightTransposed, int m, int n, int k,
            MemorySegment left, int leftStride, MemorySegment right, int rightStride, MemorySegment target,
            int targetStride) {
        if (!accumulate) {
            for (int i = 0; i < m; i++) {
                target.asSlice(4L * i * targetStride, 4L * n).fill((byte) 0);
            }
        }
        // Few rows leave nothing to keep in a cache, and one pass over long rows is what memory likes best.
        int deep = m <= DotTile.ROWS && !leftTransposed && rightTransposed ? k : DEPTH;
        for (int p = 0; p < k; p += deep) {
            int depth = Math.min(deep, k - p);
            MemorySegment a = left;
            long aAt = leftTransposed ? 0 : 4L * p;
            long aStep = leftTransposed ? 4L * DEPTH : 4L * leftStride;
            if (leftTransposed) {
                a = panel(0, 4L * DEPTH * m);
                transpose(left, 4L * p * leftStride, leftStride, depth, m, a);
            }
            MemorySegment b = right;
            long bAt = rightTransposed ? 4L * p : 0;
            long bStep = rightTransposed ? 4L * rightStride : 4L * DEPTH;
            if (!rightTransposed) {
                b = panel(1, 4L * DEPTH * n);
                transpose(right, 4L * p * rightStride, rightStride, depth, n, b);
            }
            pass(m, n, depth, a, aAt, aStep, b, bAt, bStep, target, 4L * targetStride);
        }
    }

    private static MemorySegment panel(int which, long bytes) {
        MemorySegment[] panels = PANELS.get();
        if (panels[which].byteSize() < bytes) {
            panels[which] = Arena.ofAuto().allocate(bytes, 64);
        }
        return panels[which];
    }

    /** Rows of the source become columns of a panel whose rows are DEPTH elements apart, in tiles of 16 x 16. */
    private static void transpose(MemorySegment source, long at, int stride, int rows, int columns,
            MemorySegment panel) {
        for (int i = 0; i < rows; i += 16) {
            int bottom = Math.min(rows, i + 16);
            for (int j = 0; j < columns; j += 16) {
                int right = Math.min(columns, j + 16);
                for (int c = j; c < right; c++) {
                    for (int r = i; r < bottom; r++) {
                        panel.set(JAVA_FLOAT, 4 * ((long) c * DEPTH + r),
                                source.get(JAVA_FLOAT_UNALIGNED, at + 4 * ((long) r * stride + c)));
                    }
                }
            }
        }
    }

    private static void pass(int m, int n, int k, MemorySegment a, long aAt, long aStep, MemorySegment b, long bAt,
            long bStep, MemorySegment c, long cStep) {
        for (int start = 0; start < n; start += PANEL) {
            int end = Math.min(n, start + PANEL);
            int i = 0;
            for (; i + DotTile.ROWS <= m; i += DotTile.ROWS) {
                int j = start;
                for (; j + DotTile.COLUMNS <= end; j += DotTile.COLUMNS) {
                    DotTile.add(a, aAt + i * aStep, aStep, b, bAt + j * bStep, bStep, k, c, i * cStep + 4L * j, cStep);
                }
                for (int row = i; row < i + DotTile.ROWS; row++) {
                    rowEnd(j, end, k, a, aAt + row * aStep, b, bAt, bStep, c, row * cStep);
                }
            }
            for (; i < m; i++) {
                int j = start;
                for (; j + 4 <= end; j += 4) {
                    DotTile.addRow(a, aAt + i * aStep, b, bAt + j * bStep, bStep, k, c, i * cStep + 4L * j);
                }
                rowEnd(j, end, k, a, aAt + i * aStep, b, bAt, bStep, c, i * cStep);
            }
        }
    }

    private static void rowEnd(int from, int to, int k, MemorySegment a, long aAt, MemorySegment b, long bAt,
            long bStep,
            MemorySegment c, long cAt) {
        for (int j = from; j < to; j++) {
            DotTile.addOne(a, aAt, b, bAt + j * bStep, k, c, cAt + 4L * j);
        }
    }

    @Override
    public String description() {
        return "matrix product of the Vector API (" + FloatVector.SPECIES_PREFERRED.vectorBitSize() + " bits)";
    }
}
