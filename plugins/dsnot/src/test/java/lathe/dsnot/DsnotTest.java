package lathe.dsnot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.Set;

import org.junit.jupiter.api.Test;

import lathe.magnitude.MagnitudePlugin;
import lathe.sparsegpt.SparseGptPlugin;
import lathe.spi.Plugin;
import lathe.spi.model.ModelInfo;
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
import lathe.wanda.WandaPlugin;

class DsnotTest extends PrunerContract {
    private static final int[] LENGTHS = {50, 30};

    private final Findings findings = new Findings();

    @Override
    protected Plugin plugin() {
        return new DsnotPlugin();
    }

    @Override
    protected List<Plugin> companions() {
        return List.of(new WandaPlugin(), new MagnitudePlugin(), new SparseGptPlugin());
    }

    private Pruned.Kept prune(Tensor weight, Tensor inputs, Role role, String hocon) {
        Site site = new Site(0, role, Site.NO_EXPERT, weight.size(0), weight.size(1));
        int[] lengths = inputs.size(0) == 80 ? LENGTHS : new int[] {inputs.size(0)};
        GivenStatistics statistics = GivenStatistics.of(site, inputs, lengths, scope());
        return (Pruned.Kept) make(Pruner.class, hocon).prune(
                new GivenWeight(site, weight.copy(), statistics, Optional.empty(), scope(), findings));
    }

    private Mask prune(String hocon) {
        return prune(normal("weight", 20, 64), normal("inputs", 80, 64).add(0.3), Role.QUERY, hocon).mask();
    }

    private double[] errors(String name) {
        return findings.all().get(name).values();
    }

    /**
     * W = [3, -3, 2, -2, 1, -0.5], S = 1 for all: magnitude prunes 2 (the earlier of equals), 1, -0.5, so that err = 2.5.
     * It is positive: grow the largest pruned (2), prune the kept negative with the smallest score (-2), err = 2.5 - 2 - 2.
     */
    @Test
    void swapsAsComputedByHand() {
        Tensor weight = scope().of(new float[] {3, -3, 2, -2, 1, -0.5f}, 1, 6);
        Tensor inputs = scope().zeros(1, 6).fill(1);
        Mask mask = prune(weight, inputs, Role.QUERY,
                "initialMethod = magnitude, maxCycleTime = 1, powOfVarRegrowing = 0")
                .mask();
        assertThat(kept(mask)).containsExactly(true, true, true, false, false, false);
        assertThat(errors("error_initial")).containsExactly(2.5);
        assertThat(errors("error_final")).containsExactly(-1.5);
    }

    /** As above, but the swap would change the sign of the error. */
    @Test
    void keepsTheSignOfTheErrorWhereAskedFor() {
        Tensor weight = scope().of(new float[] {3, -3, 2, -2, 1, -0.5f}, 1, 6);
        Tensor inputs = scope().zeros(1, 6).fill(1);
        Mask mask = prune(weight, inputs, Role.QUERY,
                "initialMethod = magnitude, sameSign = true, powOfVarRegrowing = 0").mask();
        assertThat(kept(mask)).containsExactly(true, true, false, true, false, false);
    }

    private static boolean[] kept(Mask mask) {
        boolean[] kept = new boolean[mask.columns()];
        for (int j = 0; j < kept.length; j++) {
            kept[j] = mask.keeps(0, j);
        }
        return kept;
    }

    @Test
    void neverMakesAnErrorLargerWhereItsSignStays() {
        prune("sparsity = 0.6, sameSign = true");
        for (int row = 0; row < 20; row++) {
            assertThat(Math.abs(errors("error_final")[row])).isLessThanOrEqualTo(
                    Math.abs(errors("error_initial")[row]));
        }
    }

    @Test
    void makesErrorsSmallerOnAverage() {
        for (String initial : List.of("wanda", "magnitude", "sparsegpt")) {
            prune("sparsity = 0.6, initialMethod = " + initial);
            assertThat(meanSize(errors("error_final"))).as(initial).isLessThan(
                    0.5 * meanSize(errors("error_initial")));
        }
    }

    private static double meanSize(double[] errors) {
        double sum = 0;
        for (double error : errors) {
            sum += Math.abs(error);
        }
        return sum / errors.length;
    }

    @Test
    void leavesTheFirstMaskWithoutCyclesOrWithAnEndlessThreshold() {
        Mask first = prune("sparsity = 0.6, maxCycleTime = 0");
        assertThat(prune("sparsity = 0.6, updateThreshold = inf")).isEqualTo(first);
        assertThat(prune("sparsity = 0.6")).isNotEqualTo(first);
    }

    @Test
    void leavesTheSkippedSubmoduleItsFirstMask() {
        Tensor weight = normal("weight", 20, 64);
        Tensor inputs = normal("inputs", 80, 64).add(0.3);
        Mask first = prune(weight, inputs, Role.UP, "maxCycleTime = 0").mask();
        assertThat(prune(weight, inputs, Role.UP, "").mask()).isEqualTo(first);
        assertThat(prune(weight, inputs, Role.UP, "skipLayer = no_skip").mask()).isNotEqualTo(first);
        assertThat(prune(weight, inputs, Role.OUTPUT, "skipLayer = self_attn").mask()).isEqualTo(first);
    }

    @Test
    void stopsARowThatRunsOutOfCandidates() {
        Mask mask = prune(normal("weight", 6, 8), normal("inputs", 30, 8).add(1), Role.KEY,
                "maxCycleTime = 1000, updateThreshold = 0").mask();
        assertThat(mask.kept()).isEqualTo(24);
    }

    @Test
    void standsDeadAndConstantChannels() {
        Tensor inputs = normal("inputs", 30, 8);
        inputs.slice(1, 2, 3).fill(0);
        inputs.slice(1, 5, 6).fill(1);
        assertThat(prune(normal("weight", 6, 8), inputs, Role.KEY, "").mask().kept()).isEqualTo(24);
    }

    @Test
    void regrowsNothingThatAnEarlierPrunerRemoved() {
        Tensor weight = normal("weight", 12, 40);
        Mask before = Mask.largestPerRow(weight.abs(), lathe.spi.tensor.SparsityPattern.UNSTRUCTURED, 0.3);
        Mask mask = prune(before.apply(weight), normal("inputs", 30, 40).add(0.3), Role.KEY, "sparsity = 0.5").mask();
        assertThat(mask.and(before)).isEqualTo(mask);
    }

    @Test
    void refusesABaseWithoutAScoreBeforeAnythingRuns() {
        ModelInfo model = new ModelInfo("tiny", "llama", 8, 8, 8, 0, 0, List.of(), Set.of());
        assertThat(make(Pruner.class, "initialMethod = dsnot").refuses(model).orElseThrow().reason())
                .contains("dsnot has none: initialMethod = wanda would be right");
        for (String initial : List.of("wanda", "magnitude", "sparsegpt")) {
            assertThat(make(Pruner.class, "initialMethod = " + initial).refuses(model)).as(initial).isEmpty();
        }
    }

    @Test
    void refusesABaseThatIsNoPruner() {
        assertThatThrownBy(() -> make(Pruner.class, "initialMethod = wnada")).hasMessageContaining("wnada");
    }
}
