package lathe.randompruner;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.Pruned;
import lathe.spi.weight.Pruner;
import lathe.testkit.PrunerContract;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenStatistics;
import lathe.testkit.scene.GivenWeight;

class RandomPrunerTest extends PrunerContract {
    @Override
    protected Plugin plugin() {
        return new RandomPrunerPlugin();
    }

    @Override
    protected boolean cutsRowsExactly() {
        return false;
    }

    private Mask mask(Role role, Tensor weight, String hocon) {
        Site site = new Site(2, role, Site.NO_EXPERT, weight.size(0), weight.size(1));
        Pruned pruned = make(Pruner.class, hocon).prune(new GivenWeight(site, weight.copy(),
                GivenStatistics.none(site, scope()), Optional.empty(), scope(), new Findings()));
        return ((Pruned.Kept) pruned).mask();
    }

    @Test
    void drawsTheSameForTheSamePlaceAndAnotherForAnotherPlace() {
        Tensor weight = normal("weight", 20, 64);
        Mask first = mask(Role.UP, weight, "");
        assertThat(mask(Role.UP, weight.multiply(-3), "")).isEqualTo(first);
        assertThat(mask(Role.GATE, weight, "")).isNotEqualTo(first);
    }

    @Test
    void keepsEveryColumnAboutEquallyOften() {
        Mask mask = mask(Role.UP, normal("weight", 4000, 8), "sparsity = 0.25");
        for (int column = 0; column < 8; column++) {
            int kept = 0;
            for (int row = 0; row < 4000; row++) {
                kept += mask.keeps(row, column) ? 1 : 0;
            }
            // 3000 expected; the standard deviation is 27.
            assertThat(kept).isBetween(2850, 3150);
        }
    }

    @Test
    void takesTheShareOfTheWholeLayerWhereItIsAskedTo() {
        Mask mask = mask(Role.UP, normal("weight", 30, 40), "sparsity = 0.3, scope = layer");
        assertThat(mask.kept()).isEqualTo(30 * 40 - 360);
        boolean uneven = false;
        for (int row = 1; row < 30; row++) {
            uneven |= mask.kept(row) != mask.kept(0);
        }
        assertThat(uneven).isTrue();
    }
}
