package lathe.engine.tensor;

import java.lang.foreign.MemorySegment;

import lathe.engine.blas.Gemm;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;

/** Matrix products in tiles whose borders depend on the shapes alone; each is one call of the product of one thread. */
final class Products {
    /** Sides of the target's tiles. */
    private static final int TILE = 512;

    private Products() {}

    /** A matrix as the product wants it: rows of float32 at equal distances, or the transpose of such a matrix. */
    private record Operand(MemorySegment memory, boolean transposed, int stride) {
        static Operand of(DenseTensor matrix, Scope copies) {
            int rows = matrix.sizes()[0];
            int columns = matrix.sizes()[1];
            long down = matrix.strides()[0];
            long across = matrix.strides()[1];
            if (matrix.type() == DataType.F32) {
                if ((across == 1 || columns == 1) && (rows == 1 || fits(down, columns))) {
                    return new Operand(matrix.segment(), false, rows == 1 ? columns : (int) down);
                }
                if ((down == 1 || rows == 1) && (columns == 1 || fits(across, rows))) {
                    return new Operand(matrix.segment(), true, columns == 1 ? rows : (int) across);
                }
            }
            return new Operand(matrix.in(copies).to(DataType.F32).segment(), false, columns);
        }

        private static boolean fits(long stride, int atLeast) {
            return stride >= atLeast && stride <= Integer.MAX_VALUE;
        }

        /** From a row on. */
        MemorySegment fromRow(int row) {
            return memory.asSlice(4L * row * (transposed ? 1 : stride));
        }

        MemorySegment fromColumn(int column) {
            return memory.asSlice(4L * column * (transposed ? stride : 1));
        }
    }

    static DenseTensor matmul(DenseTensor left, DenseTensor right) {
        if (left.rank() != 2 || right.rank() != 2 || left.size(1) != right.size(0)) {
            throw Layout.mismatch("matmul", left.shape(), right.shape());
        }
        int m = left.size(0);
        int n = right.size(1);
        int k = left.size(1);
        DenseTensor result = left.result(m, n);
        if (m == 0 || n == 0) {
            return result;
        }
        if (k == 0) {
            result.fill(0);
            return result;
        }
        try (Scope copies = left.scope().child()) {
            Operand a = Operand.of(left, copies);
            Operand b = Operand.of(right, copies);
            multiply(left.engine(), m, n, k, a, b, result.segment());
        }
        return result;
    }

    private static void multiply(TensorEngine engine, int m, int n, int k, Operand a, Operand b, MemorySegment target) {
        Gemm gemm = engine.gemm();
        int tilesDown = (m + TILE - 1) / TILE;
        int tilesAcross = (n + TILE - 1) / TILE;
        engine.parallel().forEach(tilesDown * tilesAcross, 1, (from, to) -> {
            for (int tile = from; tile < to; tile++) {
                int top = tile / tilesAcross * TILE;
                int left = tile % tilesAcross * TILE;
                gemm.multiply(false, a.transposed(), b.transposed(), Math.min(TILE, m - top), Math.min(TILE, n - left),
                        k,
                        a.fromRow(top), a.stride(), b.fromColumn(left), b.stride(),
                        target.asSlice(4 * ((long) top * n + left)), n);
            }
        });
    }

    static DenseTensor gram(DenseTensor matrix) {
        if (matrix.rank() != 2) {
            throw new IllegalArgumentException("gram: a tensor of " + matrix.shape() + " is not a matrix.");
        }
        return matmul((DenseTensor) matrix.transpose(), matrix);
    }
}
