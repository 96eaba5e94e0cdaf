package lathe.lserve;

import java.util.Arrays;

import lathe.spi.tensor.Tensor;

/**
 * Largest and smallest numbers of the keys in each part of a page, of one head (step B). Parts fill up token by token; a part
 * begins with its first key.
 */
final class PageStatistics {
    private final int dim;
    private final int partSize;
    private int tokens;
    private float[] largest = new float[0];
    private float[] smallest = new float[0];

    PageStatistics(int dim, int partSize) {
        this.dim = dim;
        this.partSize = partSize;
    }

    int tokens() {
        return tokens;
    }

    /** Of what is there, without what is kept free for more. */
    long bytes() {
        return 2L * Float.BYTES * dim * parts();
    }

    int parts() {
        return Math.ceilDiv(tokens, partSize);
    }

    /** Takes keys [n, dim] in. */
    void add(Tensor keys) {
        float[] key = new float[dim];
        for (int i = 0; i < keys.size(0); i++) {
            keys.copyRow(i, key);
            add(key);
        }
    }

    private void add(float[] key) {
        int at = tokens / partSize * dim;
        if (at + dim > largest.length) {
            int more = Math.max(16 * dim, largest.length / 2 / dim * dim);
            largest = Arrays.copyOf(largest, largest.length + more);
            smallest = Arrays.copyOf(smallest, smallest.length + more);
        }
        boolean first = tokens % partSize == 0;
        for (int c = 0; c < dim; c++) {
            largest[at + c] = first ? key[c] : Math.max(largest[at + c], key[c]);
            smallest[at + c] = first ? key[c] : Math.min(smallest[at + c], key[c]);
        }
        tokens++;
    }

    /** A bound of the product of a query with every key of a part. */
    float bound(float[] query, int part) {
        int at = part * dim;
        float sum = 0;
        for (int c = 0; c < dim; c++) {
            sum += Math.max(query[c] * largest[at + c], query[c] * smallest[at + c]);
        }
        return sum;
    }

    /** For every page the largest bound of its parts. */
    float[] pageScores(float[] query, int partsOfPage) {
        float[] scores = new float[Math.ceilDiv(parts(), partsOfPage)];
        Arrays.fill(scores, Float.NEGATIVE_INFINITY);
        for (int part = 0; part < parts(); part++) {
            scores[part / partsOfPage] = Math.max(scores[part / partsOfPage], bound(query, part));
        }
        return scores;
    }

    float[] extremes(boolean upper) {
        return Arrays.copyOf(upper ? largest : smallest, parts() * dim);
    }
}
