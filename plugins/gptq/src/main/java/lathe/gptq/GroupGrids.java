package lathe.gptq;

import java.util.Optional;

import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.ColumnOrder;
import lathe.spi.weight.UniformGrid;
import lathe.spi.weight.UniformGrid.Convention;

/** The grids of all groups of all rows (step 7). Groups are consecutive in visiting order, or static in column order. */
final class GroupGrids {
    private final GptqConfig config;
    private final ColumnOrder order;
    private final int columns;
    private final int group;
    private final Tensor scales;
    private final Tensor zeros;

    /**
     * Fits what can be fitted at the start.
     *
     * @param config   parameters
     * @param order    visiting order
     * @param original weights in column order
     * @param working  weights in visiting order, dead columns cleared
     */
    GroupGrids(GptqConfig config, ColumnOrder order, Tensor original, Tensor working) {
        this.config = config;
        this.order = order;
        this.columns = original.size(1);
        this.group = config.group() < 1 ? columns : Math.min(config.group(), columns);
        Scope scope = working.scope();
        int groups = (columns + group - 1) / group;
        this.scales = scope.zeros(config.scaleType(), original.size(0), groups);
        this.zeros = scope.zeros(original.size(0), groups);
        if (config.staticGroups() || group == columns) {
            Tensor source = config.staticGroups() ? order.restoreColumns(working) : working;
            for (int g = 0; g < groups; g++) {
                fitAll(g, source, Optional.empty());
            }
        }
    }

    int group() {
        return group;
    }

    /** Whether groups are fitted when the sweep reaches them. */
    boolean fitsOnTheWay() {
        return !config.staticGroups() && group < columns;
    }

    /** The group of a visited column. */
    int groupOf(int visited) {
        return (config.staticGroups() ? order.indices()[visited] : visited) / group;
    }

    /** Fits one group of all rows on the weights that stand in a matrix now, in visiting order. */
    void fitAll(int g, Tensor weights, Optional<Mask> kept) {
        float[] values = new float[Math.min(columns, (g + 1) * group) - g * group];
        Tensor part = weights.slice(1, g * group, g * group + values.length);
        for (int row = 0; row < weights.size(0); row++) {
            part.copyRow(row, values);
            fit(g, row, values, kept);
        }
    }

    /** Fits one group of a row on some weights, which are overwritten. */
    void fit(int g, int row, float[] values, Optional<Mask> kept) {
        int count = kept.isEmpty() ? values.length : keptOnly(kept.get(), row, g * group, values);
        UniformGrid grid = fit(values, count).stored(config.scaleType());
        scales.set(grid.scale(), row, g);
        zeros.set(grid.zero(), row, g);
    }

    private static int keptOnly(Mask kept, int row, int from, float[] values) {
        int count = 0;
        for (int j = 0; j < values.length; j++) {
            if (kept.keeps(row, from + j)) {
                values[count++] = values[j];
            }
        }
        return count;
    }

    private UniformGrid fit(float[] values, int count) {
        Convention convention = config.sym() ? Convention.SYMMETRIC : Convention.ASYMMETRIC;
        if (count == 0) {
            return UniformGrid.over(convention, config.bits(), 0, 0);
        }
        return config.clipSearch()
                ? UniformGrid.fitClipped(convention, config.bits(), values, 0, count)
                : UniformGrid.fit(convention, config.bits(), values, 0, count);
    }

    UniformGrid grid(int row, int g) {
        return new UniformGrid((float) scales.get(row, g), (float) zeros.get(row, g), config.bits());
    }

    Tensor scales() {
        return scales;
    }

    Tensor zeros() {
        return zeros;
    }

    /** The group of every original column, if groups are not consecutive columns. */
    Optional<Tensor> columnGroups() {
        if (config.staticGroups() || group == columns || order.isNatural()) {
            return Optional.empty();
        }
        int[] groups = order.inverse();
        for (int j = 0; j < groups.length; j++) {
            groups[j] /= group;
        }
        return Optional.of(scales.scope().of(groups, groups.length));
    }
}
