package lathe.gear;

import java.util.Optional;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

import lathe.spi.kv.StoredBlock;
import lathe.spi.kv.StoredFloats;
import lathe.spi.numeric.LinearAlgebra;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * L = Q P^T of every head, a projection of the error by power iteration (step 4).
 *
 * @param q [heads, rank, tokens], its transpose, with orthonormal rows: attention reads a row over many tokens
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
        Tensor q = scope.zeros(type, error.size(0), rank, error.size(1));
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
        q.assign(left.transpose());
        p.assign(right.transpose());
    }

    int rank() {
        return q.size(1);
    }

    /** Adds tokens [from, from + count) of a head to the rows of a block [count, width]. */
    void addTo(int head, int from, int count, float[] rows) {
        int rank = rank();
        if (rank == 0) {
            return;
        }
        int width = p.size(2);
        float[] factors = new StoredFloats(p).copy((long) head * rank * width, rank * width);
        float[] coordinates = coordinates(head, from, count);
        int lanes = LANES.length();
        int whole = LANES.loopBound(width);
        for (int t = 0; t < count; t++) {
            for (int c = 0; c < whole; c += lanes) {
                FloatVector sum = FloatVector.fromArray(LANES, rows, t * width + c);
                for (int k = 0; k < rank; k++) {
                    sum = sum.add(FloatVector.fromArray(LANES, factors, k * width + c).mul(coordinates[k * count + t]));
                }
                sum.intoArray(rows, t * width + c);
            }
            for (int c = whole; c < width; c++) {
                for (int k = 0; k < rank; k++) {
                    rows[t * width + c] += coordinates[k * count + t] * factors[k * width + c];
                }
            }
        }
    }

    /** Tokens [from, from + count) of a head, [rank, count]. */
    private float[] coordinates(int head, int from, int count) {
        StoredFloats stored = new StoredFloats(q);
        float[] coordinates = new float[rank() * count];
        for (int k = 0; k < rank(); k++) {
            long row = ((long) head * rank() + k) * q.size(2) + from;
            for (int t = 0; t < count; t++) {
                coordinates[k * count + t] = stored.get(row + t);
            }
        }
        return coordinates;
    }

    /** A head's factors for kernels that multiply with them; empty without any. */
    Optional<StoredBlock.LowRankRows> stored(int head) {
        return rank() == 0 ? Optional.empty() : Optional.of(new StoredBlock.LowRankRows(q.row(head), p.row(head)));
    }

    long bytes() {
        return q.bytes() + p.bytes();
    }
}
