package lathe.spi.weight;

import static java.util.Objects.requireNonNull;

import lathe.spi.numeric.Parallel;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * The sweep of GPTQ (arXiv 2210.17323) and its descendants: column after column is rounded, and the error of each entry,
 * e = (w - rounded) / U_jj, is taken from the columns after it in proportion to U. Rows depend on each other only where
 * the rounding says so; columns are corrected by blocks, which changes nothing but the order of sums.
 *
 * @param upper     [in, in] the factor U of the inverse Hessian ({@link InverseFactor})
 * @param blocksize columns that are corrected together, at least 1
 * @param parallel  the platform's
 */
public record ErrorFeedback(Tensor upper, int blocksize, Parallel parallel) {
    private static final int ROWS_A_TASK = 16;

    /** Checks the parts. */
    public ErrorFeedback {
        requireNonNull(upper, "upper is null");
        requireNonNull(parallel, "parallel is null");
        if (blocksize < 1) {
            throw new IllegalArgumentException("A block has at least one column, not " + blocksize + ".");
        }
    }

    /** How entries are rounded. Calls for different rows come from several threads, those of a row in order. */
    public interface Rounding {
        /**
         * Columns whose grid is fitted together when the sweep reaches the first of them.
         *
         * @return the size of a group; 0, the default, if nothing is fitted on the way
         */
        default int group() {
            return 0;
        }

        /**
         * Rows whose grids depend on each other.
         *
         * @return 1 by default
         */
        default int rowsTogether() {
            return 1;
        }

        /**
         * Fits the grids of a group to its weights as they are now, all corrections made.
         *
         * @param group    which group of columns
         * @param firstRow first of the rows that belong together
         * @param values   their weights in the group: rows, then columns
         */
        default void fit(int group, int firstRow, float[][] values) {
            throw new UnsupportedOperationException("A rounding with groups fits them.");
        }

        /**
         * Whether an error also corrects later columns of its own block, or those of later blocks alone.
         *
         * @return true by default
         */
        default boolean correctsWithinBlocks() {
            return true;
        }

        /**
         * Sees a block of columns before any of it is rounded.
         *
         * @param from   first column
         * @param to     column after the last
         * @param weight [out, in] as it is now, not to be changed
         */
        default void block(int from, int to, Tensor weight) {
            // Nothing to see by default.
        }

        /**
         * Rounds an entry.
         *
         * @param row    its row
         * @param column its column
         * @param weight its value, all corrections made
         * @return the value that takes its place; the value itself leaves no error
         */
        float round(int row, int column, float weight);
    }

    /**
     * Rounds all columns.
     *
     * @param weight   [out, in] in visiting order, overwritten with intermediate values
     * @param rounding how
     * @return the sum of e^2 over all entries
     */
    public double run(Tensor weight, Rounding rounding) {
        int columns = weight.size(1);
        double[] squares = new double[weight.size(0)];
        for (int from = 0, to; from < columns; from = to) {
            to = Math.min(columns, blockEnd(from, rounding.group()));
            rounding.block(from, to, weight);
            block(weight, from, to, rounding, squares);
        }
        double sum = 0;
        for (double row : squares) {
            sum += row;
        }
        return sum;
    }

    /** A group that begins inside a block ends inside it; one larger than a block begins with one. */
    private int blockEnd(int from, int group) {
        if (group == 0) {
            return from + blocksize;
        }
        return group <= blocksize
                ? from + blocksize / group * group
                : Math.min(from + blocksize, (from / group + 1) * group);
    }

    private void block(Tensor weight, int from, int to, Rounding rounding, double[] squares) {
        int columns = weight.size(1);
        int together = rounding.rowsTogether();
        int sets = (weight.size(0) + together - 1) / together;
        try (Scope scope = weight.scope().child()) {
            Tensor errors = scope.zeros(weight.size(0), to - from);
            float[] factor = upper.in(scope).slice(0, from, to).slice(1, from, to).toFloats();
            parallel.forEach(sets, Math.max(1, ROWS_A_TASK / together), (first, last) -> {
                for (int set = first; set < last; set++) {
                    int row = set * together;
                    int rows = Math.min(together, weight.size(0) - row);
                    new Rows(weight, from, to, row, rows, rounding).round(factor, errors, squares);
                }
            });
            if (to < columns) {
                Tensor rest = weight.slice(1, to, columns);
                Tensor correction = errors.matmul(upper.slice(0, from, to).slice(1, to, columns));
                rest.assign(rest.in(scope).subtract(correction));
            }
        }
    }

    /** Some rows of a block. */
    private static final class Rows {
        private final Tensor weight;
        private final int from;
        private final int width;
        private final int firstRow;
        private final Rounding rounding;
        private final float[][] values;
        private final float[][] errors;

        Rows(Tensor weight, int from, int to, int firstRow, int rows, Rounding rounding) {
            this.weight = weight;
            this.from = from;
            this.width = to - from;
            this.firstRow = firstRow;
            this.rounding = rounding;
            this.values = new float[rows][width];
            this.errors = new float[rows][width];
        }

        void round(float[] factor, Tensor allErrors, double[] squares) {
            Tensor block = weight.slice(1, from, from + width);
            for (int i = 0; i < values.length; i++) {
                block.copyRow(firstRow + i, values[i]);
            }
            int group = rounding.group();
            for (int j = 0; j < width; j++) {
                if (group > 0 && (from + j) % group == 0) {
                    rounding.fit((from + j) / group, firstRow, current(j, group));
                }
                for (int i = 0; i < values.length; i++) {
                    float[] row = values[i];
                    float e = (row[j] - rounding.round(firstRow + i, from + j, row[j])) / factor[j * width + j];
                    for (int k = j; k < end(j); k++) {
                        row[k] -= e * factor[j * width + k];
                    }
                    errors[i][j] = e;
                    squares[firstRow + i] += (double) e * e;
                }
            }
            for (int i = 0; i < values.length; i++) {
                allErrors.setRow(firstRow + i, errors[i]);
            }
        }

        /** Where the columns end that the error of one corrects. */
        private int end(int column) {
            return rounding.correctsWithinBlocks() ? width : column + 1;
        }

        /** The weights of a group that begins at a column of the block; it may reach beyond the block at its start alone. */
        private float[][] current(int j, int group) {
            int count = Math.min(group, weight.size(1) - from - j);
            float[][] some = new float[values.length][count];
            Tensor part = j == 0 ? weight.slice(1, from, from + count) : null;
            for (int i = 0; i < some.length; i++) {
                if (part == null) {
                    System.arraycopy(values[i], j, some[i], 0, count);
                } else {
                    part.copyRow(firstRow + i, some[i]);
                }
            }
            return some;
        }
    }
}
