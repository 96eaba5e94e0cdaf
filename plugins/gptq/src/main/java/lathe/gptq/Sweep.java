package lathe.gptq;

import java.util.Optional;

import lathe.spi.numeric.Parallel;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.UniformGrid;

/** Step 10: rounds the columns block by block and spreads the errors. Rows do not depend on each other. */
final class Sweep {
    private static final int ROWS_A_TASK = 16;

    private final GptqConfig config;
    private final Tensor upper;
    private final GroupGrids grids;
    private final Optional<Mask> kept;
    private final Parallel parallel;
    private Tensor codes;
    private double[] rowLoss;

    Sweep(GptqConfig config, Tensor upper, GroupGrids grids, Optional<Mask> kept, Parallel parallel) {
        this.config = config;
        this.upper = upper;
        this.grids = grids;
        this.kept = kept;
        this.parallel = parallel;
    }

    /**
     * Rounds all columns.
     *
     * @param weight [out, in] in visiting order, overwritten
     */
    void run(Tensor weight) {
        int columns = weight.size(1);
        codes = weight.scope().zeros(DataType.U8, weight.size(0), columns);
        rowLoss = new double[weight.size(0)];
        for (int from = 0, to; from < columns; from = to) {
            to = blockEnd(from, columns);
            for (int j = from; j < to; j++) {
                if (grids.beginsAt(j)) {
                    grids.fitAll(grids.groupOf(j), weight, kept);
                }
            }
            block(weight, from, to);
        }
    }

    /** Blocks end where a group begins, so that every group is fitted on current weights; not so in parity. */
    private int blockEnd(int from, int columns) {
        int end = Math.min(columns, from + config.blocksize());
        if (!config.parity()) {
            for (int j = from + 1; j < end; j++) {
                if (grids.beginsAt(j)) {
                    return j;
                }
            }
        }
        return end;
    }

    private void block(Tensor weight, int from, int to) {
        int width = to - from;
        int columns = weight.size(1);
        try (Scope scope = weight.scope().child()) {
            float[] factor = upper.in(scope).slice(0, from, to).slice(1, from, to).toFloats();
            Tensor errors = scope.zeros(weight.size(0), width);
            Tensor part = weight.slice(1, from, to);
            parallel.forEach(weight.size(0), ROWS_A_TASK, (first, last) -> {
                float[] row = new float[width];
                float[] error = new float[width];
                float[] code = new float[width];
                for (int i = first; i < last; i++) {
                    part.copyRow(i, row);
                    rowLoss[i] += round(i, from, row, factor, error, code);
                    errors.setRow(i, error);
                    codes.slice(1, from, to).setRow(i, code);
                }
            });
            if (to < columns) {
                Tensor rest = weight.slice(1, to, columns);
                Tensor correction = errors.matmul(upper.slice(0, from, to).slice(1, to, columns));
                rest.assign(rest.in(scope).subtract(correction));
            }
        }
    }

    /** Rounds one row of a block and returns its loss, the sum of e^2/2. */
    private double round(int i, int from, float[] row, float[] factor, float[] error, float[] code) {
        int width = row.length;
        double loss = 0;
        for (int j = 0; j < width; j++) {
            UniformGrid grid = grids.grid(i, grids.groupOf(from + j));
            boolean gone = kept.isPresent() && !kept.get().keeps(i, from + j);
            int rounded = gone ? (int) grid.zero() : grid.code(row[j]);
            float value = gone ? 0 : grid.value(rounded);
            float e = (row[j] - value) / factor[j * width + j];
            for (int k = j; k < width; k++) {
                row[k] -= e * factor[j * width + k];
            }
            code[j] = rounded;
            error[j] = e;
            loss += 0.5 * e * e;
        }
        return loss;
    }

    Tensor codes() {
        return codes;
    }

    double loss() {
        double sum = 0;
        for (double row : rowLoss) {
            sum += row;
        }
        return sum;
    }
}
