package lathe.engine.attention;

import lathe.engine.kernels.Exponential;
import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.Memory;
import lathe.spi.tensor.Tensor;

/** Probabilities of the last queries. While tiles go by it holds scores; at the end they become probabilities. */
final class RecordedRows {
    private final Tensor probabilities;
    private final int firstQuery;
    private final long address;
    private final int wanted;
    private final int width;

    /**
     * A recorder.
     *
     * @param probabilities [heads, wanted, m], zeros
     * @param queries       queries of the call
     */
    RecordedRows(Tensor probabilities, int queries) {
        this.probabilities = probabilities;
        this.wanted = probabilities.size(1);
        this.width = probabilities.size(2);
        this.firstQuery = queries - wanted;
        this.address = Memory.address(probabilities);
    }

    Tensor probabilities() {
        return probabilities;
    }

    private long row(QueryRows rows, int row) {
        return address + 4L * width * ((long) rows.head(row) * wanted + rows.query(row) - firstQuery);
    }

    private boolean wants(QueryRows rows, int row) {
        return rows.query(row) >= firstQuery;
    }

    /** Marks everything as not read. */
    void begin(QueryRows rows) {
        for (int row = 0; row < rows.rows(); row++) {
            if (wants(rows, row)) {
                for (int i = 0; i < width; i++) {
                    Memory.setFloat(row(rows, row) + 4L * i, Float.NEGATIVE_INFINITY);
                }
            }
        }
    }

    /** Keeps the scores of a tile. */
    void record(QueryRows rows, TileSlots slots, long scores, int[] from, int[] to) {
        for (int row = 0; row < rows.rows(); row++) {
            int query = row % rows.queries();
            if (wants(rows, row)) {
                long target = row(rows, row);
                for (int column = from[query]; column < to[query]; column++) {
                    float score = Memory.getFloat(scores + 4L * (QueryRows.STRIDE * row + column));
                    Memory.setFloat(target + 4L * slots.slot(column), score);
                }
            }
        }
    }

    /** Turns scores into probabilities. */
    void end(QueryRows rows, OnlineSoftmax softmax) {
        for (int row = 0; row < rows.rows(); row++) {
            if (wants(rows, row)) {
                normalise(row(rows, row), softmax.logSumExp(row));
            }
        }
    }

    private void normalise(long target, double logSumExp) {
        if (logSumExp == Double.NEGATIVE_INFINITY) {
            Memory.clear(target, 4L * width);
            return;
        }
        // Subtracting in float32 would cost digits where scores are large.
        float high = (float) logSumExp;
        float low = (float) (logSumExp - high);
        int i = 0;
        for (; i <= width - Lanes.N; i += Lanes.N) {
            Lanes.store(Exponential.of(Lanes.floats(target + 4L * i).sub(high).sub(low)), target + 4L * i);
        }
        for (; i < width; i++) {
            double score = Memory.getFloat(target + 4L * i);
            Memory.setFloat(target + 4L * i, (float) Math.exp(score - logSumExp));
        }
    }
}
