package lathe.spqr;

import java.util.Arrays;
import java.util.Optional;

import lathe.spi.operator.Csr;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.Sum;
import lathe.spi.operator.TilePacking;
import lathe.spi.operator.TileQuantized;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.ColumnOrder;
import lathe.spi.weight.WeightScene;

/**
 * Step 6: the stored form, codes in tiles and outliers in sparse rows.
 *
 * @param group columns of a group
 */
record Packing(SpqrConfig config, ColumnOrder order, OutlierRounding rounding, GroupGrids grids, int group) {
    private static final int SHORT_COLUMNS = 1 << 16;

    LinearOperator pack(WeightScene scene) {
        Scope scope = scene.scope();
        LinearOperator codes = scene.kept().isPresent() ? flat(scope) : tiles(scope);
        Outliers outliers = outliers(scope);
        scene.note("code", rounding.codes());
        scene.note("outlier_mask", () -> outliers.mask(scope));
        scene.note("outlier_index", () -> outliers.places(scope));
        scene.note("outlier_value", () -> outliers.values(scope));
        return outliers.count() == 0 ? codes : Sum.of(codes, outliers.sparse(scope));
    }

    private TileQuantized tiles(Scope scope) {
        Tensor codes = rounding.codes();
        int rows = codes.size(0);
        int columns = codes.size(1);
        int slots = TileQuantized.slots(columns, group);
        Tensor packed = scope.zeros(DataType.U8, Math.toIntExact(TilePacking.bytes(rows, slots, config.bits())));
        float[] row = new float[columns];
        for (int i = 0; i < rows; i++) {
            codes.copyRow(i, row);
            for (int j = 0; j < columns; j++) {
                TilePacking.set(packed.segment(), rows, slots, config.bits(), i,
                        TileQuantized.slot(columns, group, j), (int) row[j]);
            }
        }
        return new TileQuantized(rows, columns, config.bits(), group, packed, grids.scales().stored(scope),
                grids.zeros().stored(scope), order.isNatural() ? Optional.empty() : Optional.of(places(scope)));
    }

    private Tensor places(Scope scope) {
        Tensor places = scope.of(order.indices(), order.indices().length);
        return order.indices().length <= SHORT_COLUMNS ? places.to(DataType.U16) : places;
    }

    /** For a pruned weight: the platform takes the zeros out. */
    private GroupQuantized flat(Scope scope) {
        return GroupQuantized.pack(rounding.codes(), config.bits(), group, grids.scales().numbers(scope),
                Optional.empty(), scope).withZeros(new ZeroPoints.Real(grids.zeros().numbers(scope)));
    }

    private Outliers outliers(Scope scope) {
        int rows = rounding.codes().size(0);
        int columns = rounding.codes().size(1);
        int[] starts = new int[rows + 1];
        int[] visited = new int[16];
        int count = 0;
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                if (!Float.isNaN(rounding.outlier(row, column))) {
                    visited = count == visited.length ? Arrays.copyOf(visited, 2 * count) : visited;
                    visited[count++] = column;
                }
            }
            starts[row + 1] = count;
        }
        return new Outliers(this, starts, Arrays.copyOf(visited, count));
    }

    /**
     * The entries that stay numbers.
     *
     * @param starts  index of each row's first
     * @param visited column of each in visiting order
     */
    private record Outliers(Packing packing, int[] starts, int[] visited) {
        int count() {
            return visited.length;
        }

        private int rows() {
            return starts.length - 1;
        }

        /** An outlier's distance from the dense part, by ascending original column within a row. */
        Csr sparse(Scope scope) {
            int columns = packing.rounding.codes().size(1);
            int[] at = new int[count()];
            float[] values = new float[count()];
            int[] original = packing.order.indices();
            for (int row = 0; row < rows(); row++) {
                float[] distance = new float[columns];
                boolean[] there = new boolean[columns];
                for (int i = starts[row]; i < starts[row + 1]; i++) {
                    Grid grid = packing.grids.grid(visited[i] / packing.group, row);
                    there[original[visited[i]]] = true;
                    distance[original[visited[i]]] = packing.rounding.outlier(row, visited[i])
                            - grid.value(grid.code(0));
                }
                for (int column = 0, i = starts[row]; column < columns; column++) {
                    if (there[column]) {
                        at[i] = column;
                        values[i++] = Grid.stored(distance[column], packing.config.scaleType());
                    }
                }
            }
            Tensor places = scope.of(at, at.length);
            return new Csr(rows(), columns, scope.of(starts, starts.length),
                    columns <= SHORT_COLUMNS ? places.to(DataType.U16) : places,
                    scope.of(values, values.length).to(packing.config.scaleType()));
        }

        Tensor mask(Scope scope) {
            Tensor mask = scope.zeros(rows(), packing.rounding.codes().size(1));
            for (int row = 0; row < rows(); row++) {
                for (int i = starts[row]; i < starts[row + 1]; i++) {
                    mask.set(1, row, visited[i]);
                }
            }
            return mask;
        }

        Tensor places(Scope scope) {
            Tensor places = scope.zeros(count(), 2);
            for (int row = 0; row < rows(); row++) {
                for (int i = starts[row]; i < starts[row + 1]; i++) {
                    places.set(row, i, 0);
                    places.set(visited[i], i, 1);
                }
            }
            return places;
        }

        Tensor values(Scope scope) {
            float[] values = new float[count()];
            for (int row = 0; row < rows(); row++) {
                for (int i = starts[row]; i < starts[row + 1]; i++) {
                    values[i] = packing.rounding.outlier(row, visited[i]);
                }
            }
            return scope.of(values, values.length);
        }
    }
}
