package lathe.wanda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

class WandaTest extends PrunerContract {
    @Override
    protected Plugin plugin() {
        return new WandaPlugin();
    }

    private Mask prune(Tensor weight, Tensor inputs, String hocon) {
        Site site = new Site(0, Role.GATE, Site.NO_EXPERT, weight.size(0), weight.size(1));
        GivenStatistics statistics = GivenStatistics.of(site, inputs, new int[] {inputs.size(0)}, scope());
        Pruned pruned = make(Pruner.class, hocon).prune(
                new GivenWeight(site, weight.copy(), statistics, Optional.empty(), scope(), new Findings()));
        return ((Pruned.Kept) pruned).mask();
    }

    @Test
    void equalsMagnitudeByRowOnWhiteInputs() {
        Tensor weight = normal("white", 10, 16);
        Tensor ones = scope().zeros(4, 16).fill(1);
        assertThat(prune(weight, ones, "sparsity = 0.5"))
                .isEqualTo(Mask.largestPerRow(weight.abs(), lathe.spi.tensor.SparsityPattern.UNSTRUCTURED, 0.5));
    }

    @Test
    void doesNotCareWhetherAChannelOrItsWeightsAreScaled() {
        Tensor weight = normal("weight", 10, 16);
        Tensor inputs = normal("inputs", 30, 16);
        Tensor scaledInputs = inputs.copy();
        Tensor scaledWeight = weight.copy();
        scaledInputs.slice(1, 3, 4).assign(inputs.slice(1, 3, 4).copy().multiply(8));
        scaledWeight.slice(1, 3, 4).assign(weight.slice(1, 3, 4).copy().divide(8));
        assertThat(prune(scaledWeight, scaledInputs, "sparsity = 0.4"))
                .isEqualTo(prune(weight, inputs, "sparsity = 0.4"));
    }

    @Test
    void equalsTheFormulaWeightByWeight() {
        Tensor weight = normal("weight", 6, 20);
        Tensor inputs = normal("inputs", 30, 20);
        Mask mask = prune(weight, inputs, "sparsity = 0.35");
        for (int row = 0; row < 6; row++) {
            for (int column = 0; column < 20; column++) {
                int smaller = 0;
                for (int other = 0; other < 20; other++) {
                    smaller += score(weight, inputs, row, other) < score(weight, inputs, row, column) ? 1 : 0;
                }
                assertThat(mask.keeps(row, column)).as("[%s, %s]", row, column).isEqualTo(smaller >= 7);
            }
        }
    }

    private static double score(Tensor weight, Tensor inputs, int row, int column) {
        double squares = 0;
        for (int token = 0; token < inputs.size(0); token++) {
            squares += inputs.get(token, column) * inputs.get(token, column);
        }
        return Math.abs(weight.get(row, column)) * Math.sqrt(squares);
    }

    @Test
    void lettingRowsDifferReachesTheSparsityOfTheMatrix() {
        Mask mask = prune(normal("weight", 40, 64), normal("inputs", 50, 64), "sparsity = 0.5, useVariant = true");
        assertThat(mask.sparsity()).isBetween(0.49, 0.51);
    }

    @Test
    void refusesTheVariantWithGroups() {
        assertThatThrownBy(() -> make(Pruner.class, "useVariant = true, pattern = \"2:4\""))
                .hasMessageContaining("useVariant");
    }
}
