package lathe.cmoe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

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
}
