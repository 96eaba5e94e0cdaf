package lathe.sparsegpt;

import java.util.List;
import java.util.stream.IntStream;

import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.UniformGrid;
import lathe.spi.weight.UniformGrid.Convention;

/**
 * One asymmetric grid a row, fitted on the dense weights before the sweep (step C.4).
 *
 * @param grids by row
 * @param bits  bits of a code
 */
record RowGrids(List<UniformGrid> grids, int bits) {
    static RowGrids fit(Tensor weight, int bits) {
        float[] row = new float[weight.size(1)];
        return new RowGrids(
                IntStream.range(0, weight.size(0))
                        .mapToObj(i -> {
                            weight.copyRow(i, row);
                            return UniformGrid.fit(Convention.ASYMMETRIC, bits, row, 0, row.length);
                        })
                        .toList(),
                bits);
    }

    UniformGrid grid(int row) {
        return grids.get(row);
    }

    Tensor scales(Scope scope) {
        float[] scales = new float[grids.size()];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = grids.get(i).scale();
        }
        return scope.of(scales, scales.length, 1);
    }

    Tensor zeros(Scope scope) {
        float[] zeros = new float[grids.size()];
        for (int i = 0; i < zeros.length; i++) {
            zeros[i] = grids.get(i).zero();
        }
        return scope.of(zeros, zeros.length, 1);
    }
}
