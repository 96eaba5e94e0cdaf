package lathe.gear;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

import lathe.spi.kv.StoredFloats;
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
    private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;

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

    /** Adds tokens [from, from + count) of a head to the rows of a block [count, width]. */
    void addTo(int head, int from, int count, float[] rows) {
        int rank = rank();
        if (rank == 0) {
            return;
        }
        int width = p.size(2);
        float[] factors = new StoredFloats(p).copy((long) head * rank * width, rank * width);
        float[] coordinates = new StoredFloats(q).copy(((long) head * q.size(1) + from) * rank, count * rank);
        int lanes = LANES.length();
        int whole = LANES.loopBound(width);
        for (int t = 0; t < count; t++) {
            for (int c = 0; c < whole; c += lanes) {
                FloatVector sum = FloatVector.fromArray(LANES, rows, t * width + c);
                for (int k = 0; k < rank; k++) {
                    sum = sum.add(FloatVector.fromArray(LANES, factors, k * width + c).mul(coordinates[t * rank + k]));
                }
                sum.intoArray(rows, t * width + c);
            }
            for (int c = whole; c < width; c++) {
                for (int k = 0; k < rank; k++) {
                    rows[t * width + c] += coordinates[t * rank + k] * factors[k * width + c];
                }
            }
        }
    }

    long bytes() {
        return q.bytes() + p.bytes();
    }
}
