package lathe.spqr;

import java.util.Comparator;
import java.util.stream.IntStream;

import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.ColumnOrder;

/** Begins with column 0 and goes on with the column whose ranks of rows are most alike, again and again. */
final class SpearmanOrder {
    private SpearmanOrder() {}

    static ColumnOrder of(Tensor weight, Scope scope) {
        int columns = weight.size(1);
        // Ranks are permutations, all of one mean and variance, so that the Gram matrix orders like the correlation.
        float[][] alike = rows(ranks(weight, scope).gram());
        int[] order = IntStream.range(0, columns).toArray();
        for (int i = 1; i < columns; i++) {
            int best = i;
            for (int j = i + 1; j < columns; j++) {
                if (alike[order[i - 1]][order[j]] > alike[order[i - 1]][order[best]]) {
                    best = j;
                }
            }
            int next = order[best];
            order[best] = order[i];
            order[i] = next;
        }
        return new ColumnOrder(order);
    }

    /** [out, in]: rank of each weight in its column, minus the mean rank. */
    private static Tensor ranks(Tensor weight, Scope scope) {
        int rows = weight.size(0);
        Tensor columns = weight.transpose().copy();
        Tensor ranks = scope.zeros(columns.size(0), rows);
        float[] values = new float[rows];
        float[] ranked = new float[rows];
        for (int j = 0; j < columns.size(0); j++) {
            columns.copyRow(j, values);
            int[] order = IntStream.range(0, rows).boxed()
                    .sorted(Comparator.comparingDouble(i -> values[i]))
                    .mapToInt(Integer::intValue)
                    .toArray();
            for (int rank = 0; rank < rows; rank++) {
                ranked[order[rank]] = rank - (rows - 1) / 2f;
            }
            ranks.setRow(j, ranked);
        }
        return ranks.transpose().copy();
    }

    private static float[][] rows(Tensor matrix) {
        float[][] rows = new float[matrix.size(0)][matrix.size(1)];
        for (int i = 0; i < rows.length; i++) {
            matrix.copyRow(i, rows[i]);
        }
        return rows;
    }
}
