package lathe.mcmoe;

import java.util.Arrays;
import java.util.Optional;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.ErrorFeedback.Rounding;

/** Step 5: grids are fitted on current weights; up to three bits, errors inside a group are left alone. */
final class McMoeRounding implements Rounding {
    private static final int MOST_BITS_WITHOUT = 3;

    private final McMoeConfig config;
    private final int bits;
    private final int group;
    private final int columns;
    private final Optional<Mask> kept;
    private final Tensor scales;
    private final Tensor zeros;
    private final Tensor codes;

    McMoeRounding(McMoeConfig config, int bits, int group, Optional<Mask> kept, Tensor weight) {
        this.config = config;
        this.bits = bits;
        this.group = group;
        this.columns = weight.size(1);
        this.kept = kept;
        int groups = Math.ceilDiv(columns, group);
        Scope scope = weight.scope();
        this.scales = scope.zeros(config.scaleType(), weight.size(0), groups);
        this.zeros = scope.zeros(config.scaleType(), weight.size(0), groups);
        this.codes = scope.zeros(DataType.U8, weight.size(0), columns);
    }

    @Override
    public int group() {
        return group;
    }

    @Override
    public boolean correctsWithinBlocks() {
        return bits > MOST_BITS_WITHOUT;
    }

    @Override
    public void fit(int g, int row, float[][] values) {
        RealGrid grid = RealGrid.fit(config, bits, present(values[0], row, g * group));
        scales.set(grid.scale(), row, g);
        zeros.set(grid.zero(), row, g);
        if (scales.get(row, g) == 0) {
            scales.set(Float.MIN_NORMAL, row, g);
        }
    }

    private float[] present(float[] values, int row, int from) {
        if (kept.isEmpty()) {
            return values;
        }
        float[] some = new float[values.length];
        int count = 0;
        for (int j = 0; j < values.length; j++) {
            if (kept.get().keeps(row, from + j)) {
                some[count++] = values[j];
            }
        }
        return count == 0 ? new float[1] : Arrays.copyOf(some, count);
    }

    @Override
    public float round(int row, int column, float weight) {
        if (kept.isPresent() && !kept.get().keeps(row, column)) {
            return 0;
        }
        int g = column / group;
        RealGrid grid = new RealGrid((float) scales.get(row, g), (float) zeros.get(row, g), bits);
        int code = grid.code(weight);
        codes.set(code, row, column);
        return grid.value(code);
    }

    Tensor codes() {
        return codes;
    }

    Tensor scales() {
        return scales;
    }

    Tensor zeros() {
        return zeros;
    }
}
