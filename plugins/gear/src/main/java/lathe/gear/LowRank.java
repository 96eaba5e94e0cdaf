package lathe.gear;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import lathe.spi.numeric.LinearAlgebra;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * L = Q P^T of every head, a projection of the error by power iteration (step 4).
 *
 * @param q [heads, tokens, rank] with orthonormal columns
 * @param p [heads, rank, width]
 */
record LowRank(Tensor q, Tensor p) {
    /**
     * Approximates an error.
     *
     * @param error   [heads, tokens, width]
     * @param initial [heads, width, rank], where the iteration begins; not more columns than tokens or channels
     * @param loop    sweeps; only the last one makes P and Q orthonormal
     * @param algebra QR decompositions
     * @param type    of the factors
     * @param scope   where they live
     */
    static LowRank of(Tensor error, Tensor initial, int loop, LinearAlgebra algebra, DataType type, Scope scope) {
        int rank = initial.size(2);
        Tensor q = scope.zeros(type, error.size(0), error.size(1), rank);
        Tensor p = scope.zeros(type, error.size(0), rank, error.size(2));
        for (int head = 0; rank > 0 && head < error.size(0); head++) {
            try (Scope local = scope.child()) {
                iterate(error.row(head).in(local), initial.row(head).in(local), loop, algebra, local, q.row(head),
                        p.row(head));
            }
        }
        return new LowRank(q, p);
    }

    private static void iterate(
            Tensor error, Tensor initial, int loop, LinearAlgebra algebra, Scope local, Tensor q, Tensor p) {
        Tensor right = initial;
        Tensor left = null;
        for (int sweep = 1; sweep <= loop; sweep++) {
            boolean last = sweep == loop;
            left = error.matmul(last ? algebra.qr(right, local).q() : right);
            left = last ? algebra.qr(left, local).q() : left;
            right = error.transpose().copy().matmul(left);
        }
        q.assign(left);
        p.assign(right.transpose());
    }

    int rank() {
        return q.size(2);
    }

    /** Adds tokens [from, from + count) of a head to rows [row, row + count) of the target. */
    void addTo(int head, int from, int count, Tensor target, int row) {
        int rank = rank();
        if (rank == 0) {
            return;
        }
        int width = p.size(2);
        float[] factors = p.row(head).toFloats();
        float[] coordinates = new float[rank];
        MemorySegment out = target.segment();
        for (int t = 0; t < count; t++) {
            q.row(head).copyRow(from + t, coordinates);
            long begin = (long) (row + t) * width;
            for (int c = 0; c < width; c++) {
                float sum = out.getAtIndex(ValueLayout.JAVA_FLOAT, begin + c);
                for (int k = 0; k < rank; k++) {
                    sum += coordinates[k] * factors[k * width + c];
                }
                out.setAtIndex(ValueLayout.JAVA_FLOAT, begin + c, sum);
            }
        }
    }

    long bytes() {
        return q.bytes() + p.bytes();
    }
}
