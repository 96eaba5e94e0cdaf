package lathe.pyramidkv;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

import org.junit.jupiter.api.Test;

import lathe.snapkv.SnapKvPlugin;
import lathe.spi.Plugin;
import lathe.testkit.KvPolicyContract;

class PyramidKvTest extends KvPolicyContract {
    @Override
    protected Plugin plugin() {
        return new PyramidKvPlugin();
    }

    @Override
    protected String everything() {
        return "compressionRatio = 0, window = 8";
    }

    @Override
    protected String little() {
        return "budget = 16, window = 4";
    }

    @Override
    protected int kept() {
        return 16;
    }

    @Override
    protected List<Plugin> companions() {
        return List.of(new SnapKvPlugin());
    }

    @Test
    void sharesTheBudgetOfAllLayersExactly() {
        int sum = 0;
        for (int layer = 0; layer < 8; layer++) {
            sum += PyramidKv.layerBudget(1000, 250, 8, 8, 20, layer);
        }
        assertThat(sum).isBetween(8 * 250 - 8, 8 * 250 + 8);
        assertThat(PyramidKv.layerBudget(1000, 250, 8, 8, 20, 0))
                .isGreaterThan(PyramidKv.layerBudget(1000, 250, 8, 8, 20, 7));
    }

    @Test
    void givesAllLayersTheSameWhereTheSmallestWouldFallBelowTheWindow() {
        for (int layer = 0; layer < 8; layer++) {
            assertThat(PyramidKv.layerBudget(1000, 100, 8, 64, 20, layer)).isEqualTo(100);
        }
    }
}
