package lathe.awq;

import java.util.Optional;

import lathe.spi.operator.GroupQuantized;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.UniformGrid;
import lathe.spi.weight.UniformGrid.Convention;

/**
 * Round to nearest on AWQ's grids (RTN, step 3): asymmetric, the range not extended to hold 0.
 *
 * @param config bits, group and type of scales
 */
record Rounding(AwqConfig config) {
    /** The weight after rounding, as numbers. */
    Tensor rounded(Tensor weight) {
        int columns = weight.size(1);
        int group = config.groupOf(columns);
        Tensor result = weight.scope().zeros(weight.size(0), columns);
        float[] row = new float[columns];
        for (int i = 0; i < weight.size(0); i++) {
            weight.copyRow(i, row);
            for (int from = 0; from < columns; from += group) {
                roundGroup(row, from, Math.min(columns, from + group));
            }
            result.setRow(i, row);
        }
        return result;
    }

    /** Rounds a group in place. */
    void roundGroup(float[] values, int from, int to) {
        UniformGrid grid = UniformGrid.fit(Convention.AWQ, config.bits(), values, from, to);
        for (int j = from; j < to; j++) {
            values[j] = grid.value(grid.code(values[j]));
        }
    }

    /** The weight after rounding, as codes. */
    GroupQuantized packed(Tensor weight, Scope scope) {
        int rows = weight.size(0);
        int columns = weight.size(1);
        int group = config.groupOf(columns);
        int groups = (columns + group - 1) / group;
        Tensor codes = scope.zeros(DataType.U8, rows, columns);
        Tensor scales = scope.zeros(config.scaleType(), rows, groups);
        Tensor zeros = scope.zeros(DataType.U8, rows, groups);
        float[] row = new float[columns];
        for (int i = 0; i < rows; i++) {
            weight.copyRow(i, row);
            for (int g = 0; g < groups; g++) {
                int to = Math.min(columns, (g + 1) * group);
                UniformGrid grid = UniformGrid.fit(Convention.AWQ, config.bits(), row, g * group, to)
                        .stored(config.scaleType());
                scales.set(grid.scale(), i, g);
                zeros.set(grid.zero(), i, g);
                for (int j = g * group; j < to; j++) {
                    row[j] = grid.code(row[j]);
                }
            }
            codes.setRow(i, row);
        }
        return GroupQuantized.pack(codes, config.bits(), group, scales, Optional.of(zeros), scope);
    }
}
