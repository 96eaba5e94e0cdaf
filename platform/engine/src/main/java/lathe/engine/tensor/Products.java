package lathe.engine.tensor;

import java.lang.foreign.MemorySegment;

import lathe.engine.blas.Gemm;
import lathe.engine.blas.VectorGemm;
import lathe.spi.tensor.Scope;

/** Matrix products in tiles whose borders depend on the shapes alone; each is one call of the product of one thread. */
final class Products {
    /** Up to so many rows times a transposed matrix are scalar products: packing would cost more than it saves. */
    private static final int FEW_ROWS = 8;
    private static final VectorGemm FEW = new VectorGemm();

    private Products() {}

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
        Tiling tiling = Tiling.of(m, n);
        try (Scope copies = left.scope().child()) {
            Operand a = Operand.of(left).orElseGet(() -> Operand.copy(left, copies));
            MemorySegment target = result.segment();
            Operand.of(right).ifPresentOrElse(b -> direct(left.engine(), tiling, k, a, b, target),
                    () -> widened(left.engine(), tiling, k, a, right, target));
        }
        return result;
    }

    private static Gemm gemm(TensorEngine engine, int m, Operand a, Operand b) {
        return m <= FEW_ROWS && !a.transposed() && b.transposed() ? FEW : engine.gemm();
    }

    private static void direct(TensorEngine engine, Tiling tiling, int k, Operand a, Operand b, MemorySegment target) {
        Gemm gemm = gemm(engine, tiling.rows(), a, b);
        engine.parallel().forEach(tiling.count(), 1, (from, to) -> {
            for (int tile = from; tile < to; tile++) {
                int top = tiling.top(tile);
                int left = tiling.left(tile);
                gemm.multiply(false, a.transposed(), b.transposed(), tiling.height(top), tiling.width(left), k,
                        a.fromRow(top), a.stride(), b.fromColumn(left), b.stride(), tiling.at(target, top, left),
                        tiling.columns());
            }
        });
    }

    /** A right matrix of another type is widened one column of tiles at a time, and used for all rows then. */
    private static void widened(TensorEngine engine, Tiling tiling, int k, Operand a, DenseTensor right,
            MemorySegment target) {
        engine.parallel().forEach(tiling.across(), 1, (from, to) -> {
            for (int strip = from; strip < to; strip++) {
                int left = tiling.left(strip);
                int width = tiling.width(left);
                DenseTensor part = (DenseTensor) right.slice(1, left, left + width);
                boolean byColumns = part.strides()[0] < part.strides()[1];
                MemorySegment panel = Blocks.shared().take(4L * k * width);
                try {
                    widen(byColumns ? (DenseTensor) part.transpose() : part, panel);
                    Operand b = new Operand(panel, byColumns, byColumns ? k : width);
                    Gemm gemm = gemm(engine, tiling.rows(), a, b);
                    for (int tile = strip; tile < tiling.count(); tile += tiling.across()) {
                        int top = tiling.top(tile);
                        gemm.multiply(false, a.transposed(), byColumns, tiling.height(top), width, k, a.fromRow(top),
                                a.stride(), panel, b.stride(), tiling.at(target, top, left), tiling.columns());
                    }
                } finally {
                    Blocks.shared().giveBack(panel);
                }
            }
        });
    }

    private static void widen(DenseTensor part, MemorySegment panel) {
        long columns = part.sizes()[1];
        int step = (int) Math.max(1, (1 << 20) / columns);
        for (int row = 0; row < part.sizes()[0]; row += step) {
            int rows = Math.min(step, part.sizes()[0] - row);
            FloatSource.read(part, row * columns, (int) (rows * columns), panel, 4 * row * columns);
        }
    }

    /** Only tiles on and below the diagonal are computed; the others are their mirror images. */
    static DenseTensor gram(DenseTensor matrix) {
        if (matrix.rank() != 2) {
            throw new IllegalArgumentException("gram: a tensor of " + matrix.shape() + " is not a matrix.");
        }
        int k = matrix.size(0);
        int n = matrix.size(1);
        DenseTensor result = matrix.result(n, n);
        if (k == 0) {
            result.fill(0);
        }
        if (k == 0 || n == 0) {
            return result;
        }
        Tiling tiling = Tiling.square(n);
        MemorySegment target = result.segment();
        try (Scope copies = matrix.scope().child()) {
            Operand a = Operand.of(matrix).orElseGet(() -> Operand.copy(matrix, copies));
            matrix.engine().parallel().forEach(tiling.count(), 1, (from, to) -> {
                for (int tile = from; tile < to; tile++) {
                    int top = tiling.top(tile);
                    int left = tiling.left(tile);
                    if (left <= top) {
                        matrix.engine().gemm().multiply(false, !a.transposed(), a.transposed(), tiling.height(top),
                                tiling.width(left), k, a.fromColumn(top), a.stride(), a.fromColumn(left), a.stride(),
                                tiling.at(target, top, left), n);
                        mirror(target, n, top, top + tiling.height(top), left, left + tiling.width(left));
                    }
                }
            });
        }
        return result;
    }

    private static void mirror(MemorySegment target, int n, int top, int bottom, int left, int right) {
        for (int i = top; i < bottom; i += 16) {
            for (int j = left; j < right; j += 16) {
                for (int r = i; r < Math.min(bottom, i + 16); r++) {
                    for (int c = j; c < Math.min(Math.min(right, j + 16), r); c++) {
                        target.set(java.lang.foreign.ValueLayout.JAVA_FLOAT, 4 * ((long) c * n + r),
                                target.get(java.lang.foreign.ValueLayout.JAVA_FLOAT, 4 * ((long) r * n + c)));
                    }
                }
            }
        }
    }
}
