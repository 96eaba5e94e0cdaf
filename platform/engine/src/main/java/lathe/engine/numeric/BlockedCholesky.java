package lathe.engine.numeric;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;

import lathe.engine.blas.Lapack;
import lathe.spi.numeric.NotPositiveDefiniteException;
import lathe.spi.numeric.Parallel;
import lathe.spi.tensor.Scope;

/**
 * Cholesky factors and triangular inverses in blocks over the pool, row-major in float64. Each block is one call on one
 * thread and the blocks' borders are fixed, so that results do not depend on the number of threads.
 */
final class BlockedCholesky {
    private static final int BLOCK = 192;

    private final Lapack lapack;
    private final Parallel parallel;

    BlockedCholesky(Lapack lapack, Parallel parallel) {
        this.lapack = lapack;
        this.parallel = parallel;
    }

    private static MemorySegment at(MemorySegment matrix, int n, int row, int column) {
        return matrix.asSlice(8 * ((long) row * n + column));
    }

    private static int width(int n, int start) {
        return Math.min(BLOCK, n - start);
    }

    /** Overwrites the lower half by L with matrix = L L^T; what stands above is destroyed. */
    void factor(MemorySegment matrix, int n) {
        for (int k = 0; k < n; k += BLOCK) {
            int start = k;
            int width = width(n, start);
            MemorySegment diagonal = at(matrix, n, start, start);
            int minor = lapack.cholesky(width, diagonal, n);
            if (minor > 0) {
                throw new NotPositiveDefiniteException(start + minor);
            }
            int below = start + width;
            if (below == n) {
                break;
            }
            int blocks = (n - below + BLOCK - 1) / BLOCK;
            parallel.forEach(blocks, 1, (from, to) -> {
                for (int block = from; block < to; block++) {
                    int row = below + block * BLOCK;
                    lapack.solve(false, false, true, width(n, row), width, diagonal, n, at(matrix, n, row, start), n);
                }
            });
            parallel.forEach(blocks * (blocks + 1) / 2, 1, (from, to) -> {
                for (int pair = from; pair < to; pair++) {
                    int i = row(pair);
                    int row = below + i * BLOCK;
                    int column = below + (pair - i * (i + 1) / 2) * BLOCK;
                    lapack.multiply(-1, true, false, true, width(n, row), width(n, column), width,
                            at(matrix, n, row, start), n, at(matrix, n, column, start), n, at(matrix, n, row, column),
                            n);
                }
            });
        }
    }

    /** Row of the pair-th entry of a triangle that is counted row by row. */
    private static int row(int pair) {
        int row = (int) ((Math.sqrt(8.0 * pair + 1) - 1) / 2);
        while (row * (row + 1) / 2 > pair) {
            row--;
        }
        while ((row + 1) * (row + 2) / 2 <= pair) {
            row++;
        }
        return row;
    }

    /** Takes a part of an inverse. */
    @FunctionalInterface
    interface Panel {
        /**
         * Takes some columns, from the row of the first of them on; those above are zero.
         *
         * @param panel [n - start, width] row-major, dead after the call
         * @param start first column, and first row
         * @param width columns
         */
        void take(MemorySegment panel, int start, int width);
    }

    /** Makes the inverse of a lower triangular matrix, some columns at a time, on several threads. */
    void invert(MemorySegment lower, int n, Scope work, Panel target) {
        int blocks = (n + BLOCK - 1) / BLOCK;
        parallel.forEach(blocks, 1, (from, to) -> {
            for (int block = from; block < to; block++) {
                int start = block * BLOCK;
                int width = width(n, start);
                try (Scope local = work.child()) {
                    MemorySegment panel = Matrices.zeros(local, n - start, width);
                    for (int i = 0; i < width; i++) {
                        panel.set(JAVA_DOUBLE, 8 * ((long) i * width + i), 1.0);
                    }
                    lapack.solve(true, false, false, n - start, width, at(lower, n, start, start), n, panel, width);
                    target.take(panel, start, width);
                }
            }
        });
    }

    /** target = lower^T lower, both halves, for a lower triangular matrix. */
    void gram(MemorySegment lower, MemorySegment target, int n) {
        int blocks = (n + BLOCK - 1) / BLOCK;
        parallel.forEach(blocks * (blocks + 1) / 2, 1, (from, to) -> {
            for (int pair = from; pair < to; pair++) {
                int i = row(pair);
                int row = i * BLOCK;
                int column = (pair - i * (i + 1) / 2) * BLOCK;
                // Above its diagonal block, a block column of the factor is zero.
                lapack.multiply(1, false, true, false, width(n, row), width(n, column), n - row, at(lower, n, row, row),
                        n,
                        at(lower, n, row, column), n, at(target, n, row, column), n);
                mirror(target, n, row, column);
            }
        });
    }

    private static void mirror(MemorySegment target, int n, int row, int column) {
        for (int i = row; i < row + width(n, row); i++) {
            for (int j = column; j < Math.min(i, column + width(n, column)); j++) {
                target.set(JAVA_DOUBLE, 8 * ((long) j * n + i), target.get(JAVA_DOUBLE, 8 * ((long) i * n + j)));
            }
        }
    }
}
