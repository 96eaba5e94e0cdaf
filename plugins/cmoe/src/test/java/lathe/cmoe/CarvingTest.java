package lathe.cmoe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.spi.Refusal;
import lathe.spi.model.ModelInfo;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.router.ExpertSlots;
import lathe.spi.router.Routing;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.testkit.scene.RoutingTrial;

class CarvingTest {
    private static double[][] costs(int items, int bins, long seed) {
        Random random = new Random(seed);
        double[][] cost = new double[items][bins];
        for (double[] row : cost) {
            Arrays.setAll(row, bin -> random.nextInt(100));
        }
        return cost;
    }

    private static double total(double[][] cost, int[] bins) {
        return IntStream.range(0, bins.length).mapToDouble(item -> cost[item][bins[item]]).sum();
    }

    /** The least cost over every way to fill the bins. */
    private static double bruteForce(double[][] cost, int item, int[] room) {
        if (item == cost.length) {
            return 0;
        }
        double least = Double.POSITIVE_INFINITY;
        for (int bin = 0; bin < room.length; bin++) {
            if (room[bin] > 0) {
                room[bin]--;
                least = Math.min(least, cost[item][bin] + bruteForce(cost, item + 1, room));
                room[bin]++;
            }
        }
        return least;
    }

    @Test
    void assignsAsCheaplyAsTryingEverything() {
        for (int seed = 0; seed < 30; seed++) {
            double[][] cost = costs(9, 3, seed);
            int[] bins = BalancedAssignment.solve(cost, 3);
            assertThat(Arrays.stream(bins).filter(bin -> bin == 1).count()).isEqualTo(3);
            assertThat(total(cost, bins)).isEqualTo(bruteForce(cost, 0, new int[] {3, 3, 3}));
        }
    }

    @Test
    void assignsNoWorseThanGreedily() {
        double[][] cost = costs(400, 8, 5);
        int[] greedy = new int[400];
        int[] room = new int[8];
        Arrays.fill(room, 50);
        for (int item = 0; item < 400; item++) {
            int best = -1;
            for (int bin = 0; bin < 8; bin++) {
                best = room[bin] > 0 && (best < 0 || cost[item][bin] < cost[item][best]) ? bin : best;
            }
            greedy[item] = best;
            room[best]--;
        }
        assertThat(total(cost, BalancedAssignment.solve(cost, 50))).isLessThanOrEqualTo(total(cost, greedy));
    }

    @Test
    void findsPlantedGroupsAndTheBusiestNeurons() {
        // Neurons 0 to 3 are marked by all tokens; of the others every fourth belongs together, and 4 to 7, which miss no
        // token, are the first centres.
        NeuronMarks marks = new NeuronMarks(20, 400);
        for (int token = 0; token < 400; token++) {
            for (int neuron = 0; neuron < 20; neuron++) {
                boolean missed = neuron > 7 && (token * 31 + neuron * 17) % 29 == 0;
                if (neuron < 4 || neuron % 4 == token % 4 && !missed) {
                    marks.mark(token, neuron);
                }
            }
        }
        NeuronGroups groups = NeuronGroups.of(marks, new CmoeConfig(5, 1, 2, 1, 1));
        assertThat(groups.shared()).containsExactly(0, 1, 2, 3);
        assertThat(groups.routed()).hasSize(4).allSatisfy(group -> {
            assertThat(group).hasSize(4);
            assertThat(Arrays.stream(group).map(neuron -> neuron % 4).distinct().count()).isEqualTo(1);
        });
        for (int expert = 0; expert < 4; expert++) {
            assertThat(groups.routed().get(expert)).contains(groups.representatives()[expert]);
        }
    }

    @Test
    void refusesMoreActiveExpertsThanThereAre() {
        assertThatThrownBy(() -> new CmoeConfig(4, 2, 3, 10, 1)).hasMessageContaining("a token cannot go to 3");
    }

    /** A network of 40 neurons and tokens of four sorts, for each of which every fourth neuron answers. */
    private record Network(Tensor tokens, Tensor gate, Tensor up, Tensor down) {
        static Network random(Scope scope) {
            Random random = new Random(3);
            Tensor sorts = normal(random, scope, 4, 12);
            Tensor tokens = normal(random, scope, 300, 12).multiply(0.3);
            Tensor gate = normal(random, scope, 40, 12).multiply(0.3);
            for (int i = 0; i < 300; i++) {
                tokens.row(i).assign(tokens.row(i).add(sorts.row(i % 4).multiply(1.5)));
            }
            for (int neuron = 0; neuron < 40; neuron++) {
                gate.row(neuron).assign(gate.row(neuron).add(sorts.row(neuron % 4)));
            }
            return new Network(tokens, gate, normal(random, scope, 40, 12), normal(random, scope, 12, 40));
        }

        private static Tensor normal(Random random, Scope scope, int rows, int columns) {
            float[] values = new float[rows * columns];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            return scope.of(values, rows, columns);
        }

        Tensor hidden() {
            return tokens.matmulTransposed(gate).map(x -> x / (1 + Math.exp(-x))).multiply(tokens.matmulTransposed(up));
        }

        /** What some of the neurons put out. */
        Tensor output(int[] neurons) {
            return tokens.matmulTransposed(gate.select(neurons)).map(x -> x / (1 + Math.exp(-x)))
                    .multiply(tokens.matmulTransposed(up.select(neurons)))
                    .matmulTransposed(down.selectColumns(neurons));
        }

        NeuronMarks marks(int each) {
            NeuronMarks marks = new NeuronMarks(40, 300);
            marks.take(NeuronMarks.normalised(gate), NeuronMarks.normalised(up), tokens, each);
            return marks;
        }

        /** Mean square of what the output loses where of each token's neurons only some are active. */
        double error(BiPredicate<Integer, Integer> active) {
            Tensor lost = hidden().copy();
            for (int token = 0; token < 300; token++) {
                for (int neuron = 0; neuron < 40; neuron++) {
                    if (active.test(token, neuron)) {
                        lost.set(0, token, neuron);
                    }
                }
            }
            return lost.matmulTransposed(down).square().sum() / (300 * 12);
        }
    }

    @Test
    void carvedExpertsLoseLessThanNeighbouringNeuronsRoutedAtRandom() {
        try (Scope scope = Engine.shared().openScope()) {
            Network network = Network.random(scope);
            CmoeConfig config = new CmoeConfig(5, 1, 1, 8, 1);
            Tensor gate = NeuronMarks.normalised(network.gate());
            Tensor up = NeuronMarks.normalised(network.up());
            NeuronGroups groups = NeuronGroups.of(network.marks(config.kAct()), config);
            int[] expert = new int[40];
            Arrays.fill(expert, -1);
            for (int i = 0; i < 4; i++) {
                for (int neuron : groups.routed().get(i)) {
                    expert[neuron] = i;
                }
            }
            Tensor score = CmoeRouter.score(
                    network.tokens().matmulTransposed(gate.select(groups.representatives())), network.tokens(),
                    up.select(groups.representatives())).softmax();
            ExpertSlots slots = CmoeRouter.choose(score, scope.zeros(4), scope.zeros(4), 1);
            Random random = new Random(4);
            int[] drawn = random.ints(300, 0, 4).toArray();
            double carved = network.error((token, neuron) -> expert[neuron] < 0
                    || expert[neuron] == slots.expert(token, 0));
            double split = network.error((token, neuron) -> neuron < 8 || neuron / 8 - 1 == drawn[token]);
            double groupsAlone = network.error((token, neuron) -> expert[neuron] < 0
                    || expert[neuron] == drawn[token]);
            assertThat(carved).isLessThan(0.7 * split).isLessThan(0.7 * groupsAlone);
        }
    }

    @Test
    void isTheDenseNetworkWhereEveryTokenGoesToAllExperts() {
        try (Scope scope = Engine.shared().openScope()) {
            Network network = Network.random(scope);
            CmoeConfig config = new CmoeConfig(5, 1, 4, 8, 1);
            NeuronGroups groups = NeuronGroups.of(network.marks(config.kAct()), config);
            Tensor gate = NeuronMarks.normalised(network.gate()).select(groups.representatives());
            Routing routing = RoutingTrial.of(network.tokens().matmulTransposed(gate)).hidden(network.tokens())
                    .given(CmoeRouter.UP, NeuronMarks.normalised(network.up()).select(groups.representatives()))
                    .given(CmoeRouter.SCALE, scope.zeros(4)).given(CmoeRouter.BIAS, scope.zeros(4))
                    .expertsPerToken(config.active())
                    .route(new CmoeRouter(new CmoeRouterConfig()));
            double[][] weights = RoutingTrial.combine(routing, 4);
            Tensor carved = network.output(groups.shared());
            for (int expert = 0; expert < 4; expert++) {
                Tensor factors = scope.zeros(300);
                for (int token = 0; token < 300; token++) {
                    factors.set(weights[token][expert], token);
                }
                carved = carved.add(network.output(groups.routed().get(expert)).scaleRows(factors));
            }
            Tensor dense = network.output(IntStream.range(0, 40).toArray());
            assertThat(carved.subtract(dense).maxAbs()).isLessThan(1e-5 * dense.maxAbs());
        }
    }

    @Test
    void sharesTheBusiestNeuronsAndPartsTheOthersIntoGroupsOfOneSize() {
        try (Scope scope = Engine.shared().openScope()) {
            NeuronMarks marks = Network.random(scope).marks(8);
            NeuronGroups groups = NeuronGroups.of(marks, new CmoeConfig(8, 2, 2, 8, 1));
            assertThat(groups.shared()).hasSize(2 * 5);
            assertThat(groups.routed()).hasSize(6).allSatisfy(group -> assertThat(group).hasSize(5));
            for (int expert = 0; expert < 6; expert++) {
                assertThat(groups.routed().get(expert)).contains(groups.representatives()[expert]);
            }
            int[] others = groups.routed().stream().flatMapToInt(Arrays::stream).toArray();
            assertThat(IntStream.concat(Arrays.stream(groups.shared()), Arrays.stream(others)).sorted())
                    .containsExactly(IntStream.range(0, 40).boxed().toArray(Integer[]::new));
            assertThat(Arrays.stream(groups.shared()).map(marks::count).min().orElseThrow())
                    .isGreaterThanOrEqualTo(Arrays.stream(others).map(marks::count).max().orElseThrow());
        }
    }

    @Test
    void aStepOfBalancingMovesEachBiasByTheRateOrNotAtAllAndNoWeightWithIt() {
        try (Scope scope = Engine.shared().openScope()) {
            Tensor bias = scope.of(new float[] {0.5f, -0.25f, 0, 0.125f}, 4);
            Tensor next = CmoeStages.balanced(bias, new int[] {9, 1, 5, 5}, 0.0625, scope);
            assertThat(next.toFloats()).containsExactly(0.4375f, -0.1875f, 0, 0.125f);
            Tensor probability = scope.of(new float[] {0.1f, 0.2f, 0.3f, 0.4f}, 1, 4);
            Tensor scale = scope.of(new float[] {2, 2, 2, 2}, 4);
            ExpertSlots before = CmoeRouter.choose(probability, scope.zeros(4), scale, 2);
            ExpertSlots after = CmoeRouter.choose(probability, scope.of(new float[] {1, 0, 0, 0}, 4), scale, 2);
            assertThat(new int[] {before.expert(0, 0), before.expert(0, 1)}).containsExactlyInAnyOrder(3, 2);
            assertThat(new int[] {after.expert(0, 0), after.expert(0, 1)}).containsExactlyInAnyOrder(0, 3);
            assertThat(after.weight(0, after.expert(0, 0) == 0 ? 0 : 1)).isCloseTo(1.2f, within(1e-6f));
        }
    }

    private static String refusal(CmoeConfig config, String... features) {
        ModelInfo model = new ModelInfo("tiny", "llama", 8, 8, 8, 0, 0, List.of(), Set.of(features));
        return new CmoeCarver(config).refuses(model, List.of(new Site(0, Role.DOWN, Site.NO_EXPERT, 8, 96)))
                .map(Refusal::reason).orElse("");
    }

    @Test
    void refusesOtherNetworksAndTooFewNeuronsBeforeAnythingRuns() {
        CmoeConfig usual = new CmoeConfig(16, 2, 2, 10, 1);
        assertThat(refusal(usual, "tied-embeddings")).isEmpty();
        assertThat(refusal(usual, "ungated")).contains("a gate with SiLU").contains("ungated");
        assertThat(refusal(usual, "activation-gelu-tanh")).contains("a gate with SiLU").contains("gelu-tanh");
        assertThat(refusal(new CmoeConfig(1000, 2, 2, 10, 1))).contains("96 neurons").contains("1000 experts");
        assertThat(refusal(new CmoeConfig(16, 2, 2, 1000, 1))).contains("96 neurons").contains("1000 marks");
        assertThat(refusal(new CmoeConfig(96, 2, 2, 96, 1))).isEmpty();
    }
}
