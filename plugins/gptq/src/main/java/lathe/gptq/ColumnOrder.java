package lathe.gptq;

import java.util.stream.IntStream;

import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Tensor;

/**
 * The order in which columns are visited.
 *
 * @param indices original column of each visited one
 */
record ColumnOrder(int[] indices) {
    static ColumnOrder natural(int columns) {
        return new ColumnOrder(IntStream.range(0, columns).toArray());
    }

    static ColumnOrder byDescendingDiagonal(Tensor hessian) {
        int columns = hessian.size(0);
        float[] diagonal = new float[columns];
        for (int j = 0; j < columns; j++) {
            diagonal[j] = (float) hessian.get(j, j);
        }
        return new ColumnOrder(hessian.scope().of(diagonal, columns).topK(columns).toInts());
    }

    boolean isNatural() {
        for (int j = 0; j < indices.length; j++) {
            if (indices[j] != j) {
                return false;
            }
        }
        return true;
    }

    /** Rows and columns of a symmetric matrix in visiting order. */
    Tensor permute(Tensor symmetric) {
        return isNatural() ? symmetric : symmetric.select(indices).selectColumns(indices);
    }

    Tensor permuteColumns(Tensor matrix) {
        return isNatural() ? matrix : matrix.selectColumns(indices);
    }

    Mask permuteColumns(Mask mask) {
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

    Tensor restoreColumns(Tensor visited) {
        return isNatural() ? visited : visited.selectColumns(inverse());
    }

    /** Visiting rank of each original column. */
    int[] inverse() {
        int[] ranks = new int[indices.length];
        for (int visited = 0; visited < indices.length; visited++) {
            ranks[indices[visited]] = visited;
        }
        return ranks;
    }
}
