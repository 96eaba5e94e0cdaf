package lathe.spi.attention;

import static java.util.Objects.requireNonNull;

import lathe.spi.tensor.Tensor;

/**
 * How much of the attention of the last queries lies on the lines of the score matrix: its columns, which are keys, and
 * its diagonals, which are distances from the query.
 *
 * @param columns   [keys] sum of the probabilities of each key
 * @param distances [keys] sum of the probabilities at each distance from the query's own key, 0 the query itself
 */
public record LineMass(float[] columns, float[] distances) {
    /** Checks that both are there. */
    public LineMass {
        requireNonNull(columns, "columns is null");
        requireNonNull(distances, "distances is null");
        if (columns.length != distances.length) {
            throw new IllegalArgumentException(columns.length + " keys have as many distances, not "
                    + distances.length + ".");
        }
    }

    /**
     * Sums up.
     *
     * @param probabilities [rows, keys or more] of which the last row's query stands at the last key
     * @param keys          number of keys
     * @return the sums; a later key than the query's own, which only attention that is not causal reads, has no distance
     */
    public static LineMass of(Tensor probabilities, int keys) {
        float[] columns = new float[keys];
        float[] distances = new float[keys];
        float[] row = new float[probabilities.size(1)];
        int rows = probabilities.size(0);
        for (int r = 0; r < rows; r++) {
            probabilities.copyRow(r, row);
            int own = keys - rows + r;
            for (int key = 0; key < keys; key++) {
                columns[key] += row[key];
            }
            for (int key = 0; key <= own; key++) {
                distances[own - key] += row[key];
            }
        }
        return new LineMass(columns, distances);
    }
}
