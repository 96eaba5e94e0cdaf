package lathe.spi.weight;

import static java.util.Objects.requireNonNull;

import java.util.stream.IntStream;

import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Tensor;

/**
 * The order in which the columns of a weight are visited.
 *
 * @param indices original column of each visited one
 */
public record ColumnOrder(int[] indices) {
    /** Checks that there is an order. */
    public ColumnOrder {
        requireNonNull(indices, "indices is null");
    }

    /**
     * From left to right.
     *
     * @param columns columns of the weight
     * @return the order
     */
    public static ColumnOrder natural(int columns) {
        return new ColumnOrder(IntStream.range(0, columns).toArray());
    }

    /**
     * The most active input first ("act-order"); of equal ones the lower.
     *
     * @param hessian [in, in]
     * @return the order
     */
    public static ColumnOrder byDescendingDiagonal(Tensor hessian) {
        int columns = hessian.size(0);
        float[] diagonal = new float[columns];
        for (int j = 0; j < columns; j++) {
            diagonal[j] = (float) hessian.get(j, j);
        }
        return new ColumnOrder(hessian.scope().of(diagonal, columns).topK(columns).toInts());
    }

    /**
     * Whether columns are visited as they stand.
     *
     * @return true from left to right
     */
    public boolean isNatural() {
        for (int j = 0; j < indices.length; j++) {
            if (indices[j] != j) {
                return false;
            }
        }
        return true;
    }

    /**
     * Rows and columns of a symmetric matrix in visiting order.
     *
     * @param symmetric [in, in]
     * @return the same numbers in another order
     */
    public Tensor permute(Tensor symmetric) {
        return isNatural() ? symmetric : symmetric.select(indices).selectColumns(indices);
    }

    /**
     * Columns in visiting order.
     *
     * @param matrix [out, in]
     * @return the same numbers in another order
     */
    public Tensor permuteColumns(Tensor matrix) {
        return isNatural() ? matrix : matrix.selectColumns(indices);
    }

    /**
     * Columns of a mask in visiting order.
     *
     * @param mask [out, in]
     * @return the same entries in another order
     */
    public Mask permuteColumns(Mask mask) {
        if (isNatural()) {
            return mask;
        }
        Mask.Builder permuted = new Mask.Builder(mask.rows(), mask.columns());
        for (int row = 0; row < mask.rows(); row++) {
            for (int visited = 0; visited < indices.length; visited++) {
                if (mask.keeps(row, indices[visited])) {
                    permuted.keep(row, visited);
                }
            }
        }
        return permuted.build();
    }

    /**
     * Columns in their original order.
     *
     * @param visited [out, in] in visiting order
     * @return the same numbers where they came from
     */
    public Tensor restoreColumns(Tensor visited) {
        return isNatural() ? visited : visited.selectColumns(inverse());
    }

    /**
     * Visiting rank of each original column.
     *
     * @return the inverse permutation
     */
    public int[] inverse() {
        int[] ranks = new int[indices.length];
        for (int visited = 0; visited < indices.length; visited++) {
            ranks[indices[visited]] = visited;
        }
        return ranks;
    }
}
