package lathe.magnitude;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.tensor.CutRule;
import lathe.spi.tensor.Mask;
import lathe.testkit.PrunerContract;

/** A whole layer has one threshold, which goes itself. */
class MagnitudeTest extends PrunerContract {
    @Override
    protected Plugin plugin() {
        return new MagnitudePlugin();
    }

    @Override
    protected long zeros(int rows, int columns, double sparsity) {
        return (long) (sparsity * rows * columns) + 1;
    }

    @Override
    protected boolean cutsRowsExactly() {
        return false;
    }

    @Test
    void removesEverythingThatTiesWithTheThreshold() {
        float[] magnitudes = {1, 2, 2, 2, 3, 4};
        Mask mask = Mask.largestPerMatrix(scope().of(magnitudes, 1, 6), 0.3, CutRule.UP_TO_THRESHOLD);
        assertThat(mask.kept()).isEqualTo(2);
    }
}
