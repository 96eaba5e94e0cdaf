package lathe.sparsegpt;

import java.util.Arrays;
import java.util.Optional;

import lathe.spi.numeric.Parallel;
import lathe.spi.tensor.CutRule;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Selection;
import lathe.spi.tensor.SparsityPattern;
import lathe.spi.tensor.Tensor;

/** Step C.3: chooses masks and spreads errors, column block by column block. Rows depend on each other in masks alone. */
final class Sweep {
    private static final int ROWS_A_TASK = 16;

    private final SparseGptConfig config;
    private final Tensor upper;
    private final Optional<RowGrids> grids;
    private final Parallel parallel;
    private double[] rowLoss;
    private boolean[] gone;

    Sweep(SparseGptConfig config, Tensor upper, Optional<RowGrids> grids, Parallel parallel) {
        this.config = config;
        this.upper = upper;
        this.grids = grids;
        this.parallel = parallel;
    }

    /**
     * Prunes all columns.
     *
     * @param weight [out, in], overwritten with kept, updated values and zeros
     * @return what is kept
     */
    Mask run(Tensor weight) {
        int rows = weight.size(0);
        int columns = weight.size(1);
        rowLoss = new double[rows];
        Mask.Builder mask = new Mask.Builder(rows, columns);
        if (config.pattern().isGrouped()) {
            requireWholeGroups(config.pattern(), columns);
            mask.patterned(config.pattern());
        }
        for (int from = 0; from < columns; from += config.blocksize()) {
            int to = Math.min(columns, from + config.blocksize());
            block(weight, from, to);
            for (int i = 0; i < gone.length; i++) {
                if (!gone[i]) {
                    mask.keep(i / (to - from), from + i % (to - from));
                }
            }
        }
        return mask.build();
    }

    private static void requireWholeGroups(SparsityPattern pattern, int columns) {
        if (columns % pattern.group() != 0) {
            throw new IllegalArgumentException("The pattern " + pattern + " needs a number of inputs divisible by "
                    + pattern.group() + ", but the weight has " + columns + ".");
        }
    }

    private void block(Tensor weight, int from, int to) {
        int rows = weight.size(0);
        int width = to - from;
        int columns = weight.size(1);
        try (Scope scope = weight.scope().child()) {
            float[] factor = upper.in(scope).slice(0, from, to).slice(1, from, to).toFloats();
            Tensor part = weight.slice(1, from, to);
            gone = config.pattern().isGrouped() ? new boolean[rows * width] : unstructured(part.in(scope), factor);
            Tensor errors = scope.zeros(rows, width);
            parallel.forEach(rows, ROWS_A_TASK, (first, last) -> {
                float[] row = new float[width];
                float[] error = new float[width];
                for (int i = first; i < last; i++) {
                    part.copyRow(i, row);
                    rowLoss[i] += prune(i, row, factor, error);
                    errors.setRow(i, error);
                    part.setRow(i, row);
                }
            });
            if (to < columns) {
                Tensor rest = weight.slice(1, to, columns);
                Tensor correction = errors.matmul(upper.slice(0, from, to).slice(1, to, columns));
                rest.assign(rest.in(scope).subtract(correction));
            }
        }
    }

    /** All rows of the block compete: scores up to the threshold go. */
    private boolean[] unstructured(Tensor part, float[] factor) {
        int width = part.size(1);
        float[] scores = part.toFloats();
        for (int i = 0; i < scores.length; i++) {
            scores[i] = score(scores[i], factor, i % width, width);
        }
        return Selection.smallest(scores, config.sparsity(), CutRule.UP_TO_THRESHOLD);
    }

    private static float score(float weight, float[] factor, int column, int width) {
        float diagonal = factor[column * width + column];
        return weight * weight / (diagonal * diagonal);
    }

    /** Prunes one row of a block in place and returns its loss. */
    private double prune(int i, float[] row, float[] factor, float[] error) {
        int width = row.length;
        float[] values = new float[width];
        double loss = 0;
        for (int j = 0; j < width; j++) {
            if (config.pattern().isGrouped() && j % config.pattern().group() == 0) {
                chooseGroup(i, j, row, factor);
            }
            float kept = grids.isPresent() ? rounded(i, row[j]) : row[j];
            float value = gone[i * width + j] ? 0 : kept;
            float e = (row[j] - value) / factor[j * width + j];
            for (int k = j; k < width; k++) {
                row[k] -= e * factor[j * width + k];
            }
            values[j] = value;
            error[j] = e;
            loss += 0.5 * e * e;
        }
        System.arraycopy(values, 0, row, 0, width);
        return loss;
    }

    private float rounded(int i, float value) {
        return grids.get().grid(i).value(grids.get().grid(i).code(value));
    }

    /** The pattern's zeros of one group, chosen on the weights as they are now. */
    private void chooseGroup(int i, int start, float[] row, float[] factor) {
        int width = row.length;
        int group = config.pattern().group();
        float[] scores = Arrays.copyOfRange(row, start, start + group);
        for (int j = 0; j < group; j++) {
            scores[j] = score(scores[j], factor, start + j, width);
        }
        boolean[] chosen = Selection.smallest(scores, config.pattern().zeros());
        System.arraycopy(chosen, 0, gone, i * width + start, group);
    }

    double loss() {
        return Arrays.stream(rowLoss).sum();
    }
}
