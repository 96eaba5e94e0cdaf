package lathe.engine.attention;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

import lathe.engine.kernels.Exponential;
import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.MatrixProduct;
import lathe.engine.kernels.Memory;
import lathe.spi.attention.AttentionScene;
import lathe.spi.tensor.Tensor;

/** Softmax probabilities of the last queries of one head, some rows at a time. */
final class ProbeRows {
    /** Weights whose sum is taken in float32. */
    private static final int TOGETHER = 256;

    private final MatrixProduct product;
    private final long queries;
    private final long queryStride;
    private final long keys;
    private final long keyStride;
    private final int depth;
    private final int width;
    private final int[] queryPositions;
    private final int[] keyPositions;
    private final boolean ascending;
    private final int first;
    private final int window;
    private final boolean causal;
    private final float scale;
    private final float softcap;

    ProbeRows(AttentionScene scene, int head, int lastRow, MatrixProduct product) {
        int kvHead = head / scene.layer().groupSize();
        Tensor rows = scene.queries().row(head);
        Tensor columns = scene.keys().row(kvHead);
        this.product = product;
        this.first = rows.size(0) - lastRow;
        this.queryStride = rows.stride(0);
        this.queries = Memory.address(rows) + 4 * queryStride * first;
        this.keys = Memory.address(columns);
        this.keyStride = columns.stride(0);
        this.depth = rows.size(1);
        this.width = columns.size(0);
        this.queryPositions = scene.queryPositions();
        this.keyPositions = scene.keyPositions(kvHead);
        this.ascending = ascend(keyPositions);
        this.window = scene.layer().slidingWindow().orElse(Pieces.ALL);
        this.causal = scene.causal();
        this.scale = (float) scene.layer().scale();
        this.softcap = (float) scene.layer().softcap();
    }

    /** A store that keeps some tokens in a segment of their own has more than one ascending run. */
    private static boolean ascend(int[] positions) {
        for (int i = 1; i < positions.length; i++) {
            if (positions[i] < positions[i - 1]) {
                return false;
            }
        }
        return true;
    }

    /** Number of columns: heads with fewer keys are filled up with zeros. */
    int width() {
        return width;
    }

    /** Number of keys. */
    int keys() {
        return keyPositions.length;
    }

    /**
     * Computes some rows but for a factor.
     *
     * @param from    first row, counted from the first of the last queries
     * @param to      row after the last
     * @param target  receives [to - from, width]
     * @param factors receives for each of these rows what its numbers have to be multiplied by to be probabilities
     */
    void weigh(int from, int to, long target, float[] factors) {
        product.timesTransposed(false, to - from, keys(), depth, queries + 4 * queryStride * from, queryStride, keys,
                keyStride, target, width);
        for (int row = 0; row < to - from; row++) {
            factors[row] = weigh(target + 4L * width * row, queryPositions[first + from + row]);
        }
    }

    private float weigh(long row, int position) {
        int low = 0;
        int high = keys();
        if (ascending) {
            low = window == Pieces.ALL ? 0 : firstAtLeast((long) position - window + 1);
            high = causal ? firstAtLeast(position + 1L) : high;
        }
        if (softcap > 0) {
            cap(row, low, high);
        }
        if (!ascending) {
            hide(row, position);
        }
        float factor = softcap > 0 ? 1 : scale;
        float largest = largest(row, low, high) * factor;
        if (low >= high || largest == Float.NEGATIVE_INFINITY) {
            Memory.clear(row, 4L * width);
            return 0;
        }
        Memory.clear(row, 4L * low);
        Memory.clear(row + 4L * high, 4L * (width - high));
        double sum = 0;
        for (int from = low; from < high; from += TOGETHER) {
            sum += weigh(row, from, Math.min(high, from + TOGETHER), factor, largest);
        }
        return (float) (1 / sum);
    }

    /** Scales and caps; whole vectors only, since the next row begins where this one ends. */
    private void cap(long row, int low, int high) {
        int whole = low + (high - low) / Lanes.N * Lanes.N;
        int i = low;
        for (; i < whole; i += Lanes.N) {
            Lanes.store(Lanes.floats(row + 4L * i).mul(scale), row + 4L * i);
        }
        VectorAttentionLoops.INSTANCE.cap(row + 4L * low, whole - low, softcap);
        for (; i < high; i++) {
            double logit = Memory.getFloat(row + 4L * i) * scale;
            Memory.setFloat(row + 4L * i, (float) (softcap * Math.tanh(logit / softcap)));
        }
    }

    private void hide(long row, int position) {
        for (int i = 0; i < keys(); i++) {
            if (!reads(position, keyPositions[i])) {
                Memory.setFloat(row + 4L * i, Float.NEGATIVE_INFINITY);
            }
        }
    }

    private boolean reads(int query, int key) {
        return !(causal && key > query) && (window == Pieces.ALL || (long) query - key < window);
    }

    private int firstAtLeast(long position) {
        int low = 0;
        int high = keyPositions.length;
        while (low < high) {
            int middle = low + high >>> 1;
            if (keyPositions[middle] < position) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static float largest(long row, int low, int high) {
        float rest = Float.NEGATIVE_INFINITY;
        FloatVector largest = FloatVector.broadcast(Lanes.F, rest);
        int i = low;
        for (; i <= high - Lanes.N; i += Lanes.N) {
            largest = largest.max(Lanes.floats(row + 4L * i));
        }
        for (; i < high; i++) {
            rest = Math.max(rest, Memory.getFloat(row + 4L * i));
        }
        return Math.max(rest, largest.reduceLanes(VectorOperators.MAX));
    }

    /** Replaces numbers x by e^(factor x - largest) and gives their sum. */
    private float weigh(long row, int from, int to, float factor, float largest) {
        FloatVector sums = FloatVector.zero(Lanes.F);
        int i = from;
        for (; i <= to - Lanes.N; i += Lanes.N) {
            FloatVector weights = Exponential.of(Lanes.floats(row + 4L * i).mul(factor).sub(largest));
            sums = sums.add(weights);
            Lanes.store(weights, row + 4L * i);
        }
        float sum = Lanes.sum(sums);
        for (; i < to; i++) {
            float weight = Exponential.of(Memory.getFloat(row + 4L * i) * factor - largest);
            Memory.setFloat(row + 4L * i, weight);
            sum += weight;
        }
        return sum;
    }
}
