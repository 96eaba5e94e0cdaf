package lathe.flap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import com.typesafe.config.ConfigFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import lathe.engine.Engine;
import lathe.spi.Kind;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.statistics.ActivationBatch;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.WeightMethod;
import lathe.testkit.GoldenCases;
import lathe.testkit.TargetedWalk;
import lathe.testkit.TargetedWalk.Outcome;
import lathe.testkit.scene.MethodFactory;
import lathe.testkit.scene.MethodSource;

class FlapTest {
    private static final int HIDDEN = 64;
    private static final int HEAD = 32;

    private Scope scope;

    @BeforeEach
    void openScope() {
        scope = Engine.shared().openScope();
    }

    @AfterEach
    void closeScope() {
        scope.close();
    }

    @TestFactory
    Stream<DynamicTest> equalsTheGoldenCases() {
        return GoldenCases.of(Kind.PRUNER, "flap").tests(new FlapPlugin());
    }

    private Outcome prune(String hocon, Map<String, Tensor> others) {
        MethodFactory factory = new MethodFactory(MethodSource.of(new FlapPlugin()), Engine.shared());
        WeightMethod method = (WeightMethod) factory.make(Kind.PRUNER, "flap",
                ConfigFactory.parseString(hocon).root(), java.util.List.of()).method();
        return TargetedWalk.outcome(method, factory.services(), others, scope);
    }

    private Outcome prune(String hocon) {
        return prune(hocon, Map.of());
    }

    /** The values of a head are its bias alone: whatever attention does, the head puts out the same for every token. */
    private Map<String, Tensor> withAConstantHead() {
        Map<String, Tensor> others = new HashMap<>();
        for (int block = 0; block < 2; block++) {
            for (String name : new String[] {"q", "k", "v", "o"}) {
                others.put("model.layers." + block + ".self_attn." + name + "_proj.bias", scope.zeros(HIDDEN));
            }
        }
        Tensor weight = scope.zeros(HIDDEN, HIDDEN);
        for (int i = 0; i < HEAD; i++) {
            weight.set(i % 2 == 0 ? 0.3 : -0.2, i, 2 * i % HIDDEN);
        }
        Tensor bias = scope.zeros(HIDDEN);
        for (int i = HEAD; i < HIDDEN; i++) {
            bias.set(0.1 * (i - HEAD) - 1, i);
        }
        others.put("model.layers.1.self_attn.v_proj.weight", weight);
        others.put("model.layers.1.self_attn.v_proj.bias", bias);
        return others;
    }

    @Test
    void cutsOutAConstantHeadWithoutATrace() {
        Outcome outcome = prune("pruningRatio = 0.001, structure = al-mm, removeHeads = 1", withAConstantHead());
        assertThat(outcome.info().layers().get(0).heads()).isEqualTo(2);
        assertThat(outcome.info().layers().get(1).heads()).isEqualTo(1);
        assertThat(outcome.distance()).isLessThan(1e-5);
    }

    @Test
    void givesTheSameLogitsCutAsMasked() {
        Outcome cut = prune("pruningRatio = 0.4");
        Outcome masked = prune("pruningRatio = 0.4, unstr = true");
        assertThat(cut.bytes()).isLessThan(masked.bytes());
        assertThat(cut.distance()).isGreaterThan(0.01);
        for (int i = 0; i < cut.after().size(); i++) {
            double size = masked.after().get(i).maxAbs();
            assertThat(cut.after().get(i).subtract(masked.after().get(i)).maxAbs()).isLessThan(1e-5 * size);
        }
    }

    @Test
    void comesCloserWithTheMeansGivenBack() {
        for (double ratio : new double[] {0.2, 0.4, 0.6}) {
            Outcome compensated = prune("pruningRatio = " + ratio);
            Outcome bare = prune("compensate = false, pruningRatio = " + ratio);
            assertThat(compensated.info().layers()).extracting(LayerInfo::heads)
                    .isEqualTo(bare.info().layers().stream().map(LayerInfo::heads).toList());
            assertThat(compensated.distance()).as("ratio %s", ratio).isLessThan(bare.distance());
        }
    }

    @Test
    void theFirstSequenceCountsInTheMeanAlone() {
        Tensor fluctuation = fluctuation(new float[][] {{9, 1}, {2, 4}, {3, 3}});
        Tensor other = fluctuation(new float[][] {{5, 5}, {2, 4}, {3, 3}});
        assertThat(Fluctuation.mean(fluctuation).get(0)).isCloseTo((5 + 3 + 3) / 3.0, within(1e-6));
        for (FlapConfig.FluctuationMode mode : FlapConfig.FluctuationMode.values()) {
            assertThat(Fluctuation.fluctuation(fluctuation, mode).get(0)).as(mode.name())
                    .isEqualTo(Fluctuation.fluctuation(other, mode).get(0));
        }
        assertThat(Fluctuation.fluctuation(fluctuation(new float[][] {{9, 1}}), FlapConfig.FluctuationMode.CODE).get(0))
                .isZero();
    }

    @Test
    void aConstantChannelDoesNotFluctuate() {
        Tensor constant = fluctuation(new float[][] {{7, 7}, {7, 7}, {7, 7}, {7, 7}});
        Tensor nearly = fluctuation(new float[][] {{7, 7}, {7, 7}, {7, 7.5f}, {7, 7}});
        for (FlapConfig.FluctuationMode mode : FlapConfig.FluctuationMode.values()) {
            assertThat(Fluctuation.fluctuation(constant, mode).get(0)).as(mode.name()).isZero();
            assertThat(Fluctuation.fluctuation(nearly, mode).get(0)).as(mode.name()).isPositive();
        }
    }

    /** Of one channel and sequences of two tokens each. */
    private Tensor fluctuation(float[][] sequences) {
        Fluctuation statistic = new Fluctuation(new Site(0, Role.DOWN, Site.NO_EXPERT, 1, 1), scope);
        for (int i = 0; i < sequences.length; i++) {
            statistic.add(new ActivationBatch(scope.of(sequences[i], 2, 1), i, Optional.empty()));
        }
        return statistic.result();
    }

    @Test
    void changesNothingAtRatioZero() {
        for (String structure : new String[] {"al-am", "al-mm", "ul-mm", "ul-um"}) {
            assertThat(prune("pruningRatio = 0, structure = " + structure).distance()).as(structure).isZero();
        }
    }

    /**
     * The threshold is the score of a unit, chosen so that it and all above cost within half a unit of the budget; as in the
     * authors' code it goes itself. One unit, which the card claims, is not always enough: at 0.33 it is 15.9 of 10.7. Beyond
     * 0.8 the last head of every block, which stays, costs more than the budget.
     */
    @Test
    void keepsTheBudgetWithinOneAndAHalfUnits() {
        Units units = new Units(8, 32.0 / 3, 6, 50);
        for (int percent = 2; percent <= 80; percent++) {
            double ratio = percent / 100.0;
            Ranking ranking = ranking(ratio, units, 1);
            double kept = 0;
            for (int block = 0; block < 4; block++) {
                kept += count(ranking.keepHeads(block)) * units.headCost() + count(ranking.keepNeurons(block));
            }
            double total = 4 * (units.heads() * units.headCost() + units.neurons());
            assertThat(kept).as("ratio %s", ratio).isCloseTo((1 - ratio) * total, within(1.5 * units.headCost()));
        }
    }

    /** Neurons that never fire all score the same: the authors' code keeps all or none of them. */
    @Test
    void ofEqualScoresThoseOfLowerIndexStayAndTheBudgetHolds() {
        Units units = new Units(8, 32.0 / 3, 6, 50);
        double total = 4 * (units.heads() * units.headCost() + units.neurons());
        double[][] equalO = new double[4][units.heads() * units.headChannels()];
        double[][] equalDown = new double[4][units.neurons()];
        for (FlapConfig.Structure structure : FlapConfig.Structure.values()) {
            Ranking ranking = new Ranking(config(0.4, structure, 4), units, equalO, equalDown);
            double kept = 0;
            for (int block = 0; block < 4; block++) {
                kept += count(ranking.keepHeads(block)) * units.headCost() + count(ranking.keepNeurons(block));
                boolean[] neurons = ranking.keepNeurons(block);
                assertThat(IntStream.range(1, neurons.length).allMatch(unit -> neurons[unit - 1] || !neurons[unit]))
                        .as("%s: lower ones stay", structure).isTrue();
            }
            assertThat(kept).as(structure.name()).isCloseTo(0.6 * total, within(1.5 * units.headCost() + 4));
        }
    }

    @Test
    void refusesToRemoveMoreHeadsThanThereAre() {
        ModelInfo model = prune("pruningRatio = 0").info();
        for (FlapConfig.Structure structure : FlapConfig.Structure.values()) {
            boolean counts = structure == FlapConfig.Structure.AL_MM || structure == FlapConfig.Structure.UL_MM;
            assertThat(new FlapPruner(config(0.4, structure, 100)).refuses(model).isPresent()).isEqualTo(counts);
            assertThat(new FlapPruner(config(0.4, structure, 2)).refuses(model)).isEmpty();
        }
        assertThat(new FlapPruner(config(0.4, FlapConfig.Structure.AL_MM, 100)).refuses(model).orElseThrow().reason())
                .contains("removeHeads = 100").contains("removeHeads = 2 is the most");
    }

    @Test
    void needsASecondSequenceWhereItLooksAtFluctuations() {
        for (FlapConfig.Metric metric : FlapConfig.Metric.values()) {
            FlapConfig config = new FlapConfig(0.2, metric, FlapConfig.Structure.AL_AM, -1, false, true,
                    FlapConfig.CostMode.EXACT, FlapConfig.FluctuationMode.CODE);
            assertThat(new FlapPruner(config).refusesText(1, 128).isPresent()).as(metric.name())
                    .isEqualTo(metric != FlapConfig.Metric.WIFN);
            assertThat(new FlapPruner(config).refusesText(2, 128)).as(metric.name()).isEmpty();
        }
    }

    private static FlapConfig config(double ratio, FlapConfig.Structure structure, int removeHeads) {
        return new FlapConfig(ratio, FlapConfig.Metric.WIFV, structure, removeHeads, false, true,
                FlapConfig.CostMode.EXACT, FlapConfig.FluctuationMode.CODE);
    }

    private static int count(boolean[] marks) {
        return (int) IntStream.range(0, marks.length).filter(i -> marks[i]).count();
    }

    private static Ranking ranking(double ratio, Units units, double factor) {
        Random random = new Random(7);
        double[][] metricO = new double[4][units.heads() * units.headChannels()];
        double[][] metricDown = new double[4][units.neurons()];
        for (int block = 0; block < 4; block++) {
            double size = block == 2 ? factor : 1;
            for (int j = 0; j < metricO[block].length; j++) {
                metricO[block][j] = size * Math.exp(random.nextGaussian());
            }
            for (int j = 0; j < metricDown[block].length; j++) {
                metricDown[block][j] = size * Math.exp(random.nextGaussian());
            }
        }
        return new Ranking(config(ratio, FlapConfig.Structure.AL_AM, -1), units, metricO, metricDown);
    }

    @Test
    void doesNotCareHowLargeTheActivationsOfABlockAre() {
        Units units = new Units(8, 32.0 / 3, 6, 50);
        Ranking plain = ranking(0.4, units, 1);
        Ranking scaled = ranking(0.4, units, 37);
        for (int block = 0; block < 4; block++) {
            assertThat(scaled.keepHeads(block)).isEqualTo(plain.keepHeads(block));
            assertThat(scaled.keepNeurons(block)).isEqualTo(plain.keepNeurons(block));
        }
    }

    @Test
    void leavesEveryBlockAHeadAndANeuron() {
        Outcome outcome = prune("pruningRatio = 0.97");
        outcome.info().layers().forEach(layer -> assertThat(layer.heads()).isPositive());
        assertThat(outcome.after().getFirst().maxAbs()).isFinite();
    }
}
