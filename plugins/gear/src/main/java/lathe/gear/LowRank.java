package lathe.gear;

import java.util.Arrays;
import java.util.Optional;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

import lathe.spi.kv.StoredBlock;
import lathe.spi.kv.StoredFloats;
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
    /** What is left of a row that others span, relative to it, is rounding. */
    private static final double SPANNED = 1e-6;

    /** Of rank 0. */
    static LowRank none(int heads, int tokens, int width, Scope scope) {
        return new LowRank(scope.zeros(heads, 0, tokens), scope.zeros(heads, 0, width));
    }

    /**
     * Approximates an error.
     *
     * @param error   [heads, tokens, width]
     * @param tokens  rows of a head
     * @param initial [heads, width, rank], where the iteration begins; not more columns than tokens or channels
     * @param loop    sweeps; only the last one makes P and Q orthonormal
     * @param type    of the factors
     * @param scope   where they live
     */
    static LowRank of(float[] error, int tokens, Tensor initial, int loop, DataType type, Scope scope) {
        int heads = initial.size(0);
        int width = initial.size(1);
        int rank = initial.size(2);
        float[] q = new float[heads * rank * tokens];
        float[] p = initial.transpose(1, 2).copy().toFloats();
        for (int head = 0; head < heads; head++) {
            iterate(error, head, loop, q, p, tokens, width, rank);
        }
        return new LowRank(scope.of(q, heads, rank, tokens).to(type).in(scope),
                scope.of(p, heads, rank, width).to(type).in(scope));
    }

    /** The power iteration of a head, whose rows of q and p are replaced. */
    private static void iterate(
            float[] error, int head, int loop, float[] q, float[] p, int tokens, int width, int rank) {
        int left = head * rank * tokens;
        int right = head * rank * width;
        float[] rows = Arrays.copyOfRange(error, head * tokens * width, (head + 1) * tokens * width);
        float[] columns = new float[rows.length];
        for (int i = 0; i < rows.length; i++) {
            columns[i % width * tokens + i / width] = rows[i];
        }
        for (int sweep = 1; sweep <= loop; sweep++) {
            if (sweep == loop) {
                makeOrthonormal(p, right, rank, width);
            }
            multiply(p, right, columns, width, tokens, rank, q, left);
            if (sweep == loop) {
                makeOrthonormal(q, left, rank, tokens);
            }
            multiply(q, left, rows, tokens, width, rank, p, right);
        }
    }

    /** to[k] = sum over i of factors[k, i] matrix[i], rows of {@code length} numbers. */
    private static void multiply(
            float[] factors, int at, float[] matrix, int count, int length, int rank, float[] to, int toAt) {
        Arrays.fill(to, toAt, toAt + rank * length, 0);
        for (int i = 0; i < count; i++) {
            for (int k = 0; k < rank; k++) {
                addScaled(factors[at + k * count + i], matrix, i * length, to, toAt + k * length, length);
            }
        }
    }

    private static void addScaled(float scale, float[] row, int from, float[] to, int at, int count) {
        int whole = LANES.loopBound(count);
        for (int i = 0; i < whole; i += LANES.length()) {
            FloatVector.fromArray(LANES, row, from + i).mul(scale).add(FloatVector.fromArray(LANES, to, at + i))
                    .intoArray(to, at + i);
        }
        for (int i = whole; i < count; i++) {
            to[at + i] += scale * row[from + i];
        }
    }

    /** Gram-Schmidt, twice: what rounding leaves of the rows before is taken out again. A row that they span gets zero. */
    private static void makeOrthonormal(float[] rows, int at, int rank, int length) {
        for (int k = 0; k < rank; k++) {
            int row = at + k * length;
            double before = Math.sqrt(dot(rows, row, row, length));
            for (int again = 0; again < 2; again++) {
                for (int j = 0; j < k; j++) {
                    int other = at + j * length;
                    addScaled((float) -dot(rows, row, other, length), rows, other, rows, row, length);
                }
            }
            double norm = Math.sqrt(dot(rows, row, row, length));
            float scale = norm <= SPANNED * before ? 0 : (float) (1 / norm);
            for (int i = row; i < row + length; i++) {
                rows[i] *= scale;
            }
        }
    }

    private static double dot(float[] rows, int a, int b, int length) {
        double sum = 0;
        for (int i = 0; i < length; i++) {
            sum += (double) rows[a + i] * rows[b + i];
        }
        return sum;
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
        for (int t = 0; t < count; t++) {
            for (int k = 0; k < rank; k++) {
                addScaled(coordinates[k * count + t], factors, k * width, rows, t * width, width);
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
