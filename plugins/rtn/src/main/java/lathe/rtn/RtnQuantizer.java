package lathe.rtn;

import java.util.Optional;

import lathe.spi.Services;
import lathe.spi.numeric.Parallel;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.Quantizer;
import lathe.spi.weight.UniformGrid;
import lathe.spi.weight.WeightScene;

/**
 * Round to nearest: a grid a group, every weight to its nearest point, halves to even. The grids are those of GPTQ
 * (IST-DASLab/gptq, quant.py), AWQ (mit-han-lab/llm-awq, quantizer.py) and RSQ (ylsung/rsq).
 *
 * <p>Differences: scales are rounded to the type in which they are stored before codes are taken, so that what is stored
 * is what was rounded to; of a pruned weight only the entries that were kept decide the grid.
 */
final class RtnQuantizer implements Quantizer {
    private static final int ROWS_A_TASK = 16;

    private final RtnConfig config;
    private final Parallel parallel;

    RtnQuantizer(RtnConfig config, Services services) {
        this.config = config;
        this.parallel = services.parallel();
    }

    @Override
    public LinearOperator quantize(WeightScene scene) {
        Tensor weight = scene.weight();
        Scope scope = scene.scope();
        int rows = weight.size(0);
        int columns = weight.size(1);
        int group = config.group() < 0 ? columns : config.group();
        int groups = (columns + group - 1) / group;
        Tensor codes = scope.zeros(DataType.U8, rows, columns);
        Tensor scales = scope.zeros(config.scaleType(), rows, groups);
        Tensor zeros = scope.zeros(DataType.U8, rows, groups);
        parallel.forEach(rows, ROWS_A_TASK, (from, to) -> {
            float[] row = new float[columns];
            float[] rowScales = new float[groups];
            float[] rowZeros = new float[groups];
            for (int i = from; i < to; i++) {
                weight.copyRow(i, row);
                for (int g = 0; g < groups; g++) {
                    int end = Math.min(columns, (g + 1) * group);
                    UniformGrid grid = fit(row, g * group, end, i, scene.kept());
                    rowScales[g] = grid.scale();
                    rowZeros[g] = grid.zero();
                    for (int j = g * group; j < end; j++) {
                        row[j] = grid.code(row[j]);
                    }
                }
                codes.setRow(i, row);
                scales.setRow(i, rowScales);
                zeros.setRow(i, rowZeros);
            }
        });
        Optional<Tensor> zeroPoints = config.hasConstantZero() ? Optional.empty() : Optional.of(zeros);
        return GroupQuantized.pack(codes, config.bits(), group, scales, zeroPoints, scope);
    }

    private UniformGrid fit(float[] row, int from, int to, int index, Optional<Mask> kept) {
        float[] values = new float[to - from];
        int count = 0;
        for (int j = from; j < to; j++) {
            if (Float.isNaN(row[j]) || Float.isInfinite(row[j])) {
                throw new IllegalArgumentException(
                        "The weight at row " + index + ", column " + j + " is " + row[j] + ": no grid holds it.");
            }
            if (kept.isEmpty() || kept.get().keeps(index, j)) {
                values[count++] = row[j];
            }
        }
        if (count == 0) {
            values[count++] = 0;
        }
        UniformGrid grid = config.clipSearch()
                ? UniformGrid.fitClipped(config.convention(), config.bits(), values, 0, count, config.search())
                : UniformGrid.fit(config.convention(), config.bits(), values, 0, count);
        return grid.stored(config.scaleType());
    }
}
