package lathe.engine.attention;

import java.util.Collections;
import java.util.List;
import java.util.Optional;

import lathe.engine.kernels.Exponential;
import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.Memory;
import lathe.spi.kv.Observation;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Probabilities of some queries. While tiles go by it holds scores; at the end they become probabilities. */
final class RecordedRows {
    private static final int NOT_WANTED = -1;

    private final Tensor probabilities;
    private final int[] places;
    private final int lastRows;
    private final List<Integer> chosenRows;
    private final long address;
    private final int wanted;
    private final int width;

    /**
     * A recorder.
     *
     * @param observation which rows
     * @param scope       where they live
     * @param heads       query heads
     * @param queries     queries of the call
     * @param keys        keys of the call
     */
    RecordedRows(Observation observation, Scope scope, int heads, int queries, int keys) {
        this.lastRows = Math.min(queries, observation.lastRows());
        this.chosenRows = observation.chosenRows().stream().filter(query -> query < queries).toList();
        this.places = new int[queries];
        int count = 0;
        for (int query = 0; query < queries; query++) {
            boolean wants = query >= queries - lastRows || Collections.binarySearch(chosenRows, query) >= 0;
            places[query] = wants ? count++ : NOT_WANTED;
        }
        this.wanted = count;
        this.width = keys;
        this.probabilities = scope.zeros(heads, count, keys);
        this.address = Memory.address(probabilities);
    }

    /** The last queries, which are the last that are recorded. */
    Optional<Tensor> lastRows() {
        return lastRows == 0 ? Optional.empty() : Optional.of(probabilities.slice(1, wanted - lastRows, wanted));
    }

    /** The chosen ones. */
    Optional<Tensor> chosenRows() {
        if (chosenRows.isEmpty()) {
            return Optional.empty();
        }
        if (chosenRows.size() == wanted) {
            return Optional.of(probabilities);
        }
        Tensor rows = probabilities.scope().zeros(probabilities.size(0), chosenRows.size(), width);
        for (int i = 0; i < chosenRows.size(); i++) {
            int place = places[chosenRows.get(i)];
            rows.slice(1, i, i + 1).assign(probabilities.slice(1, place, place + 1));
        }
        return Optional.of(rows);
    }

    private long row(QueryRows rows, int row) {
        return address + 4L * width * ((long) rows.head(row) * wanted + places[rows.query(row)]);
    }

    private boolean wants(QueryRows rows, int row) {
        return places[rows.query(row)] != NOT_WANTED;
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
                    float score = Memory.getFloat(scores + 4L * (slots.stride() * row + column));
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
