package lathe.gptq;

import java.util.Optional;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.ErrorFeedback.Rounding;
import lathe.spi.weight.UniformGrid;

/** Step 10: the code of every entry, from grids that are fitted on the way. What a pruner removed has the zero's code. */
final class GroupRounding implements Rounding {
    private final GptqConfig config;
    private final GroupGrids grids;
    private final Optional<Mask> kept;
    private final Tensor codes;

    /** @param weight in visiting order */
    GroupRounding(GptqConfig config, GroupGrids grids, Optional<Mask> kept, Tensor weight) {
        this.config = config;
        this.grids = grids;
        this.kept = kept;
        this.codes = weight.scope().zeros(DataType.U8, weight.size(0), weight.size(1));
    }

    @Override
    public int group() {
        return grids.fitsOnTheWay() && !config.parity() ? grids.group() : 0;
    }

    @Override
    public void fit(int group, int firstRow, float[][] values) {
        grids.fit(group, firstRow, values[0], kept);
    }

    /** The authors' code fits groups that begin inside a block on the weights before it. */
    @Override
    public void block(int from, int to, Tensor weight) {
        if (grids.fitsOnTheWay() && config.parity()) {
            for (int j = from; j < to; j++) {
                if (j % grids.group() == 0) {
                    grids.fitAll(j / grids.group(), weight, kept);
                }
            }
        }
    }

    @Override
    public float round(int row, int column, float weight) {
        UniformGrid grid = grids.grid(row, grids.groupOf(column));
        boolean gone = kept.isPresent() && !kept.get().keeps(row, column);
        int code = gone ? (int) grid.zero() : grid.code(weight);
        codes.set(code, row, column);
        return gone ? 0 : grid.value(code);
    }

    Tensor codes() {
        return codes;
    }
}
