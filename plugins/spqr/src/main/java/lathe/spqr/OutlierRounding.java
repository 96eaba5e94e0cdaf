package lathe.spqr;

import java.util.Optional;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.ErrorFeedback.Rounding;

/**
 * Steps 3 and 5: grids that likely outliers do not enter, and the final choice of the weights that stay numbers. What an
 * earlier pruner removed enters no grid and is zero.
 */
final class OutlierRounding implements Rounding {
    private final SpqrConfig config;
    private final GroupGrids grids;
    private final int group;
    private final float[] diagonal;
    private final double threshold;
    private final Optional<Mask> kept;
    private final Tensor codes;
    private final float[][] outliers;

    /**
     * @param weight    [out, in] in visiting order
     * @param group     columns of a group
     * @param diagonal  d_j
     * @param threshold theta; infinite for no outliers
     * @param kept      in visiting order
     */
    OutlierRounding(SpqrConfig config, GroupGrids grids, Tensor weight, int group, float[] diagonal, double threshold,
            Optional<Mask> kept) {
        this.config = config;
        this.grids = grids;
        this.group = group;
        this.diagonal = diagonal;
        this.threshold = threshold;
        this.kept = kept;
        this.codes = weight.scope().zeros(DataType.U8, weight.size(0), weight.size(1));
        this.outliers = new float[weight.size(0)][];
    }

    @Override
    public int group() {
        return group;
    }

    @Override
    public int rowsTogether() {
        return grids.rowsTogether();
    }

    @Override
    public void fit(int g, int firstRow, float[][] values) {
        Grid[] fitted = new Grid[values.length];
        float[] some = new float[values[0].length];
        float[] errors = new float[some.length];
        for (int i = 0; i < values.length; i++) {
            int count = 0;
            for (int j = 0; j < some.length; j++) {
                if (keeps(firstRow + i, g * group + j)) {
                    some[count] = values[i][j];
                    errors[count++] = diagonal[g * group + j];
                }
            }
            if (config.leavesOut()) {
                replaceLikelyOutliers(some, errors, count);
            }
            fitted[i] = Grid.fit(some, count, config.bits(), config.parity());
        }
        grids.set(g, firstRow, fitted);
    }

    private boolean keeps(int row, int column) {
        return kept.isEmpty() || kept.get().keeps(row, column);
    }

    /** Step 3b: likely outliers become the mean of the others. */
    private void replaceLikelyOutliers(float[] weights, float[] errors, int count) {
        double[] gains = new double[count];
        LeaveOneOut.gains(weights, errors, count, config.bits(), config.parity(), gains);
        float sum = 0;
        int others = 0;
        for (int j = 0; j < count; j++) {
            if (!(gains[j] > threshold)) {
                sum += weights[j];
                others++;
            }
        }
        float mean = sum / Math.max(1, others);
        for (int j = 0; j < count; j++) {
            if (gains[j] > threshold) {
                weights[j] = mean;
            }
        }
    }

    @Override
    public float round(int row, int column, float weight) {
        Grid grid = grids.grid(column / group, row);
        if (!keeps(row, column)) {
            codes.set(grid.code(0), row, column);
            return 0;
        }
        int code = grid.code(weight);
        float value = grid.value(code);
        float e = (weight - value) / diagonal[column];
        if (!(e * e > threshold)) {
            codes.set(code, row, column);
            return value;
        }
        codes.set(grid.code(0), row, column);
        if (outliers[row] == null) {
            outliers[row] = new float[diagonal.length];
            java.util.Arrays.fill(outliers[row], Float.NaN);
        }
        outliers[row][column] = weight;
        return weight;
    }

    Tensor codes() {
        return codes;
    }

    /** The value of an outlier at its turn, NaN for other entries. */
    float outlier(int row, int column) {
        return outliers[row] == null ? Float.NaN : outliers[row][column];
    }
}
