package lathe.engine.attention;

import static java.util.Objects.requireNonNull;

import java.nio.ByteOrder;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

import lathe.engine.Engine;
import lathe.engine.blas.Gemm;
import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.MatrixProduct;
import lathe.engine.kernels.Memory;
import lathe.engine.kernels.Scratch;
import lathe.engine.tensor.ArenaScope;
import lathe.spi.attention.AttentionScene;
import lathe.spi.attention.LineMass;
import lathe.spi.numeric.Parallel;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** What patterns may ask about the attention that is to come: probabilities of some rows, products of block means. */
public final class AttentionProbes {
    private static final int ROWS = 16;
    /** Columns that are summed at a time. */
    private static final int SUMMED = 8;
    private static final VectorSpecies<Double> SUMS = DoubleVector.SPECIES_256;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private final Parallel parallel;
    private final MatrixProduct product;

    /**
     * Probes.
     *
     * @param engine gives the pool and the matrix product
     */
    public AttentionProbes(Engine engine) {
        this(requireNonNull(engine, "engine is null").parallel(), engine.gemm());
    }

    private AttentionProbes(Parallel parallel, Gemm gemm) {
        this.parallel = parallel;
        this.product = new MatrixProduct(gemm);
    }

    /**
     * The probes of the engine that a scope's memory belongs to.
     *
     * @param scope a scope of an engine
     * @return probes that compute with its pool
     */
    public static AttentionProbes of(Scope scope) {
        if (requireNonNull(scope, "scope is null") instanceof ArenaScope arena) {
            return new AttentionProbes(arena.engine().parallel(), arena.engine().gemm());
        }
        throw new IllegalArgumentException("Probes need memory of the engine, not of " + scope.getClass() + ".");
    }

    /**
     * What {@link AttentionScene#rowProbabilities} promises.
     *
     * @param scene   gives queries, keys, positions, whether later keys are hidden
     * @param head    query head
     * @param lastRow number of queries from the end
     * @return [lastRow, m]; zeros for keys that are not there, later or out of the layer's window
     */
    public Tensor rowProbabilities(AttentionScene scene, int head, int lastRow) {
        ProbeRows rows = new ProbeRows(scene, head, lastRow, product);
        Tensor result = scene.scope().zeros(lastRow, rows.width());
        long address = Memory.address(result);
        parallel.forEach(lastRow, ROWS, (from, to) -> {
            float[] factors = new float[to - from];
            rows.weigh(from, to, address + 4L * rows.width() * from, factors);
            for (int row = from; row < to; row++) {
                scale(address + 4L * rows.width() * row, rows.keys(), factors[row - from]);
            }
        });
        return result;
    }

    /**
     * What {@link AttentionScene#lineMass} promises, with memory for a few rows a thread.
     *
     * @param scene   gives queries, keys, positions, whether later keys are hidden
     * @param head    query head
     * @param lastRow number of queries from the end
     * @return sums of probabilities by key and by distance
     */
    public LineMass lineMass(AttentionScene scene, int head, int lastRow) {
        ProbeRows rows = new ProbeRows(scene, head, lastRow, product);
        int keys = rows.keys();
        float[][] columns = new float[Math.ceilDiv(lastRow, ROWS)][keys];
        float[][] diagonals = new float[columns.length][keys + lastRow];
        parallel.forEach(lastRow, ROWS, (from, to) -> {
            try (Scratch.Frame frame = Scratch.frame()) {
                long probabilities = frame.floats((long) (to - from) * rows.width());
                float[] factors = new float[to - from];
                rows.weigh(from, to, probabilities, factors);
                for (int row = from; row < to; row++) {
                    // Diagonals by their distance from the last key's own, so that neighbours stay neighbours.
                    add(probabilities + 4L * rows.width() * (row - from), keys, factors[row - from],
                            columns[from / ROWS], diagonals[from / ROWS], lastRow - 1 - row);
                }
            }
        });
        for (int part = 1; part < columns.length; part++) {
            add(columns[part], columns[0]);
            add(diagonals[part], diagonals[0]);
        }
        float[] distances = new float[keys];
        for (int distance = 0; distance < keys; distance++) {
            distances[distance] = diagonals[0][keys - 1 - distance];
        }
        return new LineMass(columns[0], distances);
    }

    private static void scale(long row, int count, float factor) {
        int i = 0;
        for (; i <= count - Lanes.N; i += Lanes.N) {
            Lanes.store(Lanes.floats(row + 4L * i).mul(factor), row + 4L * i);
        }
        for (; i < count; i++) {
            Memory.setFloat(row + 4L * i, Memory.getFloat(row + 4L * i) * factor);
        }
    }

    /** Adds a row times a factor to the columns and, shifted, to the diagonals. */
    private static void add(long row, int count, float factor, float[] columns, float[] diagonals, int shift) {
        int i = 0;
        for (; i <= count - Lanes.N; i += Lanes.N) {
            FloatVector values = Lanes.floats(row + 4L * i).mul(factor);
            values.add(FloatVector.fromArray(Lanes.F, columns, i)).intoArray(columns, i);
            values.add(FloatVector.fromArray(Lanes.F, diagonals, i + shift)).intoArray(diagonals, i + shift);
        }
        for (; i < count; i++) {
            float value = Memory.getFloat(row + 4L * i) * factor;
            columns[i] += value;
            diagonals[i + shift] += value;
        }
    }

    private static void add(float[] from, float[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] += from[i];
        }
    }

    /** queries keys^T [q, width], of which the columns beyond the keys are zero. */
    private Tensor scores(Tensor queries, Tensor keys, int width, Scope scope) {
        Tensor result = scope.zeros(queries.size(0), width);
        long address = Memory.address(result);
        long x = Memory.address(queries);
        long k = Memory.address(keys);
        int depth = queries.size(1);
        parallel.forEach(queries.size(0), ROWS, (from, to) -> product.timesTransposed(
                false,
                to - from,
                keys.size(0),
                depth,
                x + 4 * queries.stride(0) * from,
                queries.stride(0),
                k,
                keys.stride(0),
                address + 4L * width * from,
                width));
        return result;
    }

    /**
     * What {@link AttentionScene#blockScores} promises. The last block, if shorter, has the mean of what it has.
     *
     * @param scene      gives queries and keys
     * @param head       query head
     * @param queryBlock queries of a block
     * @param keyBlock   keys of a block
     * @return [ceil(n/queryBlock), ceil(m/keyBlock)]; zeros for blocks of keys that are not there
     */
    public Tensor blockScores(AttentionScene scene, int head, int queryBlock, int keyBlock) {
        int kvHead = head / scene.layer().groupSize();
        Scope scope = scene.scope();
        int width = (scene.keys().size(1) + keyBlock - 1) / keyBlock;
        Tensor queries = means(scene.queries().row(head), queryBlock, scope);
        Tensor keys = means(scene.keys().row(kvHead).slice(0, 0, scene.keyCount(kvHead)), keyBlock, scope);
        return scene.layer().logits(scores(queries, keys, width, scope));
    }

    private Tensor means(Tensor rows, int block, Scope scope) {
        if (rows.type() != DataType.F32 || rows.stride(1) != 1 && rows.size(1) > 1) {
            throw new IllegalArgumentException("Block means need float32 rows in one piece, not " + rows.type() + ".");
        }
        int count = (rows.size(0) + block - 1) / block;
        int width = rows.size(1);
        Tensor means = scope.zeros(count, width);
        long source = Memory.address(rows);
        long target = Memory.address(means);
        parallel.forEach(count, 4, (from, to) -> {
            for (int b = from; b < to; b++) {
                int end = Math.min(rows.size(0), (b + 1) * block);
                mean(source + 4 * rows.stride(0) * b * block, 4 * rows.stride(0), end - b * block, width,
                        target + 4L * width * b);
            }
        });
        return means;
    }

    /** The mean of some rows, {@code step} bytes apart: sums in double precision, some columns in registers. */
    private static void mean(long rows, long step, int count, int width, long to) {
        int j = 0;
        for (; Lanes.N >= SUMMED && j <= width - SUMMED; j += SUMMED) {
            long at = Memory.known(rows + 4L * j);
            DoubleVector low = DoubleVector.zero(SUMS);
            DoubleVector high = low;
            for (int row = 0; row < count; row++) {
                long next = Memory.known(at + step * row);
                low = low.add(
                        (DoubleVector) FloatVector.fromMemorySegment(FloatVector.SPECIES_128, Memory.ALL, next, ORDER)
                                .convertShape(VectorOperators.F2D, SUMS, 0));
                high = high.add((DoubleVector) FloatVector
                        .fromMemorySegment(FloatVector.SPECIES_128, Memory.ALL, next + 16, ORDER)
                        .convertShape(VectorOperators.F2D, SUMS, 0));
            }
            FloatVector first = (FloatVector) low.div(count).convertShape(VectorOperators.D2F, FloatVector.SPECIES_128,
                    0);
            first.intoMemorySegment(Memory.ALL, to + 4L * j, ORDER);
            first = (FloatVector) high.div(count).convertShape(VectorOperators.D2F, FloatVector.SPECIES_128, 0);
            first.intoMemorySegment(Memory.ALL, to + 4L * j + 16, ORDER);
        }
        for (; j < width; j++) {
            double sum = 0;
            for (int row = 0; row < count; row++) {
                sum += Memory.getFloat(rows + step * row + 4L * j);
            }
            Memory.setFloat(to + 4L * j, (float) (sum / count));
        }
    }
}
