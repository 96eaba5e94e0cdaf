package lathe.engine.attention;

import static java.util.Objects.requireNonNull;

import lathe.engine.Engine;
import lathe.engine.kernels.Exponential;
import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.MatrixProduct;
import lathe.engine.kernels.Memory;
import lathe.engine.kernels.Scratch;
import lathe.spi.attention.AttentionScene;
import lathe.spi.numeric.Parallel;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** What patterns may ask about the attention that is to come: probabilities of some rows, products of block means. */
public final class AttentionProbes {
    private static final int ROWS = 16;

    private final Parallel parallel;
    private final MatrixProduct product;

    /**
     * Probes.
     *
     * @param engine gives the pool and the matrix product
     */
    public AttentionProbes(Engine engine) {
        this.parallel = requireNonNull(engine, "engine is null").parallel();
        this.product = new MatrixProduct(engine.gemm());
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
        int kvHead = head / scene.layer().groupSize();
        Tensor queries = scene.queries().row(head);
        int first = queries.size(0) - lastRow;
        Tensor keys = scene.keys().row(kvHead).slice(0, 0, scene.keyCount(kvHead));
        Tensor result = scores(queries.slice(0, first, queries.size(0)), keys, scene.keys().size(1), scene.scope());
        int[] keyPositions = scene.keyPositions(kvHead);
        int[] queryPositions = scene.queryPositions();
        int window = scene.layer().slidingWindow().orElse(Pieces.ALL);
        float scale = (float) scene.layer().scale();
        long address = Memory.address(result);
        int width = result.size(1);
        parallel.forEach(lastRow, ROWS, (from, to) -> {
            for (int row = from; row < to; row++) {
                int position = queryPositions[first + row];
                int low = window == Pieces.ALL ? 0 : firstAtLeast(keyPositions, (long) position - window + 1);
                int high = scene.causal() ? firstAtLeast(keyPositions, position + 1L) : keys.size(0);
                softmax(address + 4L * width * row, low, high, width, scale);
            }
        });
        return result;
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

    private static int firstAtLeast(int[] positions, long position) {
        int low = 0;
        int high = positions.length;
        while (low < high) {
            int middle = low + high >>> 1;
            if (positions[middle] < position) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Softmax of scale * row over [low, high), zeros elsewhere. */
    private static void softmax(long row, int low, int high, int width, float scale) {
        float largest = Float.NEGATIVE_INFINITY;
        for (int i = low; i < high; i++) {
            float score = Memory.getFloat(row + 4L * i) * scale;
            Memory.setFloat(row + 4L * i, score);
            largest = Math.max(largest, score);
        }
        Memory.clear(row, 4L * Math.min(low, width));
        Memory.clear(row + 4L * Math.max(high, 0), 4L * (width - Math.max(high, 0)));
        if (largest == Float.NEGATIVE_INFINITY) {
            return;
        }
        double sum = 0;
        int i = low;
        for (; i <= high - Lanes.N; i += Lanes.N) {
            var weights = Exponential.of(Lanes.floats(row + 4L * i).sub(largest));
            Lanes.store(weights, row + 4L * i);
            sum += Lanes.sum(weights);
        }
        for (; i < high; i++) {
            float weight = (float) Math.exp((double) Memory.getFloat(row + 4L * i) - largest);
            Memory.setFloat(row + 4L * i, weight);
            sum += weight;
        }
        float factor = (float) (1 / sum);
        for (int j = low; j < high; j++) {
            Memory.setFloat(row + 4L * j, Memory.getFloat(row + 4L * j) * factor);
        }
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
        Tensor result = scores(queries, keys, width, scope);
        return result.multiply(scene.layer().scale());
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
            try (Scratch.Frame frame = Scratch.frame()) {
                long sums = frame.bytes(8L * width);
                for (int b = from; b < to; b++) {
                    int end = Math.min(rows.size(0), (b + 1) * block);
                    Memory.clear(sums, 8L * width);
                    for (int row = b * block; row < end; row++) {
                        long at = source + 4 * rows.stride(0) * row;
                        for (int j = 0; j < width; j++) {
                            Memory.setDouble(sums + 8L * j,
                                    Memory.getDouble(sums + 8L * j) + Memory.getFloat(at + 4L * j));
                        }
                    }
                    for (int j = 0; j < width; j++) {
                        double mean = Memory.getDouble(sums + 8L * j) / (end - b * block);
                        Memory.setFloat(target + 4L * width * b + 4L * j, (float) mean);
                    }
                }
            }
        });
        return means;
    }
}
