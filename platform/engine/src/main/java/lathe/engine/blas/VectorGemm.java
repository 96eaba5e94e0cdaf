package lathe.engine.blas;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

import jdk.incubator.vector.FloatVector;

import lathe.engine.kernels.Memory;

/**
 * A matrix product of the Vector API. It takes OpenBLAS's place where that is absent, and multiplies large weights with many
 * inputs everywhere, since it packs a weight from its stored form and the inputs once for all its parts. Both matrices are
 * packed in the order in which {@link MicroKernel} reads them (Goto and van de Geijn, Anatomy of high-performance matrix
 * multiplication, 2008), which also makes transposed operands cost nothing extra. Few rows times a transposed matrix are
 * scalar products of rows instead: there nothing is packed and the matrix is read once, which is faster than OpenBLAS as
 * well.
 */
public final class VectorGemm implements Gemm {
    private static final int ROWS = MicroKernel.ROWS;
    private static final int COLUMNS = MicroKernel.COLUMNS;
    private static final int DEPTH = MicroKernel.DEPTH;
    /** Rows that are used for all columns of a panel before the next ones: with DEPTH 144 KiB, half a second-level cache. */
    private static final int TALL = 36;
    /** Columns of a right panel: with DEPTH 256 KiB, so that they stay in that cache, too. */
    private static final int WIDE = 64;
    /** Elements of a left panel that is copied by one call: 2 MiB. */
    private static final int LEFT = 1 << 19;
    /** Up to so many rows, scalar products are the faster way. */
    private static final int FEW_ROWS = 8;
    /** Rows of right that are used for all of few rows of left before the next ones. */
    private static final int STRIP = 16;
    private static final ThreadLocal<Panels> PANELS = ThreadLocal.withInitial(Panels::new);

    /** Each with room behind it, see {@link MicroKernel#ROOM}. */
    private static final class Panels {
        final LeftPanel left = new LeftPanel();
        final float[] right = new float[WIDE * DEPTH + MicroKernel.ROOM];
        final float[] sums = new float[ROWS * COLUMNS + MicroKernel.ROOM];
    }

    @Override
    public void multiply(boolean accumulate, boolean leftTransposed, boolean rightTransposed, int m, int n, int k,
            MemorySegment left, int leftStride, MemorySegment right, int rightStride, MemorySegment target,
            int targetStride) {
        if (m <= FEW_ROWS && !leftTransposed && rightTransposed) {
            fewRows(accumulate, m, n, k, left, 4L * leftStride, right, 4L * rightStride, target, 4L * targetStride);
            return;
        }
        long a = left.address();
        long b = right.address();
        Packing columns = rightTransposed
                ? RightPanel.byColumns(b, 4L * rightStride)
                : RightPanel.byRows(b, 4L * rightStride);
        LeftPanel rows = PANELS.get().left;
        int block = Math.max(ROWS, LEFT / Math.max(1, k) / ROWS * ROWS);
        for (int row = 0; row < m; row += block) {
            int count = Math.min(block, m - row);
            rows.reserve(count, k);
            if (leftTransposed) {
                rows.fillTransposed(a + 4L * row, 4L * leftStride, 0, count);
            } else {
                rows.fill(a + 4L * row * leftStride, 4L * leftStride, 0, count);
            }
            multiply(accumulate, count, n, rows, columns, target.address() + 4L * row * targetStride,
                    4L * targetStride);
        }
    }

    /**
     * target = left right, or target += that.
     *
     * @param accumulate whether to add to the target
     * @param m          rows of the target
     * @param n          columns of the target
     * @param left       the left matrix, filled
     * @param right      packs columns
     * @param target     address of its first element
     * @param step       bytes between its rows
     */
    public static void multiply(boolean accumulate, int m, int n, LeftPanel left, Packing right, long target,
            long step) {
        Panels panels = PANELS.get();
        for (int column = 0; column < n; column += WIDE) {
            int wide = Math.min(WIDE, n - column);
            for (int p = 0; p < left.columns(); p += left.depth()) {
                int depth = Math.min(left.depth(), left.columns() - p);
                right.pack(column, wide, p, depth, panels.right);
                for (int row = 0; row < m; row += TALL) {
                    block(panels, Math.min(TALL, m - row), wide, RightPanel.padded(depth), left.values(),
                            left.at(row, p), accumulate || p > 0, target + row * step + 4L * column, step);
                }
            }
        }
    }

    private static void block(Panels panels, int tall, int wide, int depth, float[] left, int at, boolean accumulate,
            long to, long step) {
        float[] sums = panels.sums;
        for (int j = 0; j < wide; j += COLUMNS) {
            int columns = Math.min(COLUMNS, wide - j);
            for (int i = 0; i < tall; i += ROWS) {
                MicroKernel.multiply(depth, MicroKernel.STEP, left, at + i * MicroKernel.PITCH, panels.right, j * depth,
                        sums);
                int rows = Math.min(ROWS, tall - i);
                if (rows == ROWS && columns == COLUMNS) {
                    MicroKernel.put(sums, accumulate, to + i * step + 4L * j, step);
                } else {
                    part(sums, rows, columns, accumulate, to + i * step + 4L * j, step);
                }
            }
        }
    }

    /** A tile at the edge. */
    private static void part(float[] sums, int rows, int columns, boolean accumulate, long to, long step) {
        for (int row = 0; row < rows; row++) {
            for (int c = 0; c < columns; c++) {
                long at = to + row * step + 4L * c;
                float value = sums[row * COLUMNS + c];
                Memory.setFloat(at, accumulate ? Memory.getFloat(at) + value : value);
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

    /**
     * Short calls of the loops of large products, for who wants them compiled before one is waited for.
     *
     * @param arena owns the memory they use
     * @return the calls
     */
    public static List<Runnable> loops(Arena arena) {
        float[] left = new float[ROWS * MicroKernel.PITCH + MicroKernel.ROOM];
        float[] right = new float[COLUMNS * DEPTH + MicroKernel.ROOM];
        float[] sums = new float[ROWS * COLUMNS + MicroKernel.ROOM];
        int lines = 4;
        int bytes = 16;
        long memory = arena.allocate(4L * sums.length, 64).address();
        Packing floats = RightPanel.byColumns(memory, bytes);
        Packing halves = RightPanel.bf16ByColumns(memory, bytes);
        return List.of(
                () -> MicroKernel.multiply(MicroKernel.STEP, MicroKernel.STEP, left, 0, right, 0, sums),
                () -> floats.pack(0, lines, 0, bytes / 4, right),
                () -> halves.pack(0, lines, 0, bytes / 2, right),
                () -> MicroKernel.put(sums, false, memory, 4L * COLUMNS),
                () -> MicroKernel.put(sums, true, memory, 4L * COLUMNS));
    }

    @Override
    public String description() {
        return "matrix product of the Vector API (" + FloatVector.SPECIES_PREFERRED.vectorBitSize() + " bits)";
    }
}
