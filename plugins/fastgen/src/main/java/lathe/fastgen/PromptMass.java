package lathe.fastgen;

import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Attention of one key/value head over a prompt, as far as the policies ask: sums over the queries, mean over the query heads
 * of the group. Computed from tiles of rows; the matrix is never whole.
 *
 * @param columns [n] attention that each key receives
 * @param recent  [n] of it, from queries less than a window after the key
 */
record PromptMass(double[] columns, double[] recent) {
    private static final int ROWS = 64;

    /** The window of a prompt: keys j of a query i with i - j below it. */
    static int window(double fraction, int length) {
        return Math.max(1, (int) Math.floor(fraction * length));
    }

    /** Of given probabilities [n, n]. */
    static PromptMass of(Tensor attention, int window) {
        PromptMass mass = new PromptMass(new double[attention.size(0)], new double[attention.size(0)]);
        mass.add(attention, 0, window, 1);
        return mass;
    }

    /**
     * Of queries [heads, n, d] and keys [kvHeads, n, d].
     */
    static PromptMass of(LayerInfo layer, Tensor queries, Tensor keys, int kvHead, int window, Scope scope) {
        int tokens = keys.size(1);
        PromptMass mass = new PromptMass(new double[tokens], new double[tokens]);
        for (int from = 0; from < tokens; from += ROWS) {
            int to = Math.min(tokens, from + ROWS);
            for (int member = 0; member < layer.groupSize(); member++) {
                try (Scope tile = scope.child()) {
                    Tensor rows = queries.row(kvHead * layer.groupSize() + member).slice(0, from, to).in(tile).copy();
                    Tensor seen = keys.row(kvHead).slice(0, 0, to).in(tile).copy();
                    Tensor logits = layer.logits(rows.matmulTransposed(seen));
                    hide(logits, from, layer.slidingWindow().orElse(Integer.MAX_VALUE));
                    mass.add(logits.softmax(), from, window, layer.groupSize());
                }
            }
        }
        return mass;
    }

    private static void hide(Tensor logits, int from, int sliding) {
        for (int row = 0; row < logits.size(0); row++) {
            int own = from + row;
            for (int key = own + 1; key < logits.size(1); key++) {
                logits.set(Double.NEGATIVE_INFINITY, row, key);
            }
            for (int key = 0; own - key >= sliding; key++) {
                logits.set(Double.NEGATIVE_INFINITY, row, key);
            }
        }
    }

    private void add(Tensor probabilities, int from, int window, int heads) {
        float[] row = new float[probabilities.size(1)];
        for (int r = 0; r < probabilities.size(0); r++) {
            probabilities.copyRow(r, row);
            int own = from + r;
            for (int key = 0; key <= own && key < row.length; key++) {
                double share = row[key] / (double) heads;
                columns[key] += share;
                recent[key] += own - key < window ? share : 0;
            }
        }
    }

    int tokens() {
        return columns.length;
    }

    /** Mean attention from the queries that see a key. */
    double score(int key) {
        return columns[key] / (tokens() - key);
    }
}
