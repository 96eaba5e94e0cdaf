package lathe.spqr;

import java.util.Optional;

import lathe.spi.Notes;
import lathe.spi.tensor.Scope;

/** The grids of all groups of all rows as they are stored: step 4 with its second level. */
final class GroupGrids {
    private final SpqrConfig config;
    private final Level scales;
    private final Level zeros;

    GroupGrids(SpqrConfig config, int rows, int groups, Optional<Integer> scaleBits, Optional<Integer> zeroBits) {
        this.config = config;
        this.scales = new Level(config, rows, groups, scaleBits);
        this.zeros = new Level(config, rows, groups, zeroBits);
    }

    /** Rows that share second-level grids. */
    int rowsTogether() {
        return scales.isCoded() || zeros.isCoded() ? config.secondGroup() : 1;
    }

    /** Stores the grids that a group's rows, beginning at one, were fitted with. */
    void set(int group, int first, Grid[] fitted) {
        float[] scale = new float[fitted.length];
        float[] zero = new float[fitted.length];
        for (int i = 0; i < fitted.length; i++) {
            Grid grid = config.roundZero() ? fitted[i].rounded() : fitted[i];
            scale[i] = grid.scale();
            zero[i] = grid.zero();
        }
        scales.set(group, first, scale);
        zeros.set(group, first, zero);
    }

    Grid grid(int group, int row) {
        return new Grid(scales.get(group, row), zeros.get(group, row), config.bits());
    }

    Level scales() {
        return scales;
    }

    Level zeros() {
        return zeros;
    }

    void note(Notes notes, Scope scope) {
        scales.note("scale", notes, scope);
        zeros.note("zero", notes, scope);
    }
}
