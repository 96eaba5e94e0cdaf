package lathe.testkit.reference;

import java.util.Optional;

import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.Quantizer;
import lathe.spi.weight.UniformGrid;
import lathe.spi.weight.WeightScene;

/**
 * A quantizer by the definition: every weight to the nearest point of an asymmetric grid of its group. What pruners are
 * composed with in their contract.
 *
 * @param bits  bits of a code
 * @param group inputs that share a scale
 */
public record ReferenceRounding(int bits, int group) implements Quantizer {
    @Override
    public LinearOperator quantize(WeightScene scene) {
        Tensor weight = scene.weight();
        Scope scope = scene.scope();
        int columns = weight.size(1);
        int groups = (columns + group - 1) / group;
        Tensor codes = scope.zeros(DataType.U8, weight.size(0), columns);
        Tensor scales = scope.zeros(DataType.F32, weight.size(0), groups);
        Tensor zeros = scope.zeros(DataType.U8, weight.size(0), groups);
        float[] row = new float[columns];
        for (int i = 0; i < weight.size(0); i++) {
            weight.copyRow(i, row);
            for (int g = 0; g < groups; g++) {
                int from = g * group;
                int to = Math.min(columns, from + group);
                UniformGrid grid = UniformGrid.fit(UniformGrid.Convention.ASYMMETRIC, bits, row.clone(), from, to);
                scales.set(grid.scale(), i, g);
                zeros.set(grid.zero(), i, g);
                for (int j = from; j < to; j++) {
                    codes.set(grid.code(row[j]), i, j);
                }
            }
        }
        return GroupQuantized.pack(codes, bits, group, scales, Optional.of(zeros), scope);
    }
}
