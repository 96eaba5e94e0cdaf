package lathe.rsq;

import java.util.Optional;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.ErrorFeedback.Rounding;
import lathe.spi.weight.UniformGrid;
import lathe.spi.weight.UniformGrid.Convention;

/** Step 7: one symmetric grid a row, fitted before anything is rounded. What a pruner removed stays zero. */
final class RowRounding implements Rounding {
    private final UniformGrid[] grids;
    private final Optional<Mask> kept;
    private final Tensor codes;

    RowRounding(RsqConfig config, Tensor weight, Optional<Mask> kept) {
        this.grids = new UniformGrid[weight.size(0)];
        this.kept = kept;
        this.codes = weight.scope().zeros(DataType.U8, weight.size(0), weight.size(1));
        float[] row = new float[weight.size(1)];
        for (int i = 0; i < grids.length; i++) {
            weight.copyRow(i, row);
            UniformGrid grid = config.clip()
                    ? UniformGrid.fitClipped(Convention.SIGNED, config.bits(), row, 0, row.length)
                    : UniformGrid.fit(Convention.SIGNED, config.bits(), row, 0, row.length);
            grids[i] = grid.stored(config.scaleType());
        }
    }

    @Override
    public float round(int row, int column, float weight) {
        boolean gone = kept.isPresent() && !kept.get().keeps(row, column);
        int code = gone ? (int) grids[row].zero() : grids[row].code(weight);
        codes.set(code, row, column);
        return grids[row].value(code);
    }

    Tensor codes() {
        return codes;
    }

    /** [out, 1]. */
    Tensor scales(DataType type) {
        Tensor scales = codes.scope().zeros(type, grids.length, 1);
        for (int i = 0; i < grids.length; i++) {
            scales.set(grids[i].scale(), i, 0);
        }
        return scales;
    }
}
