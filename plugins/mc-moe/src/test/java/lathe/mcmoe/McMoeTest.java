package lathe.mcmoe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.testkit.QuantizerContract;

class McMoeTest extends QuantizerContract {
    private static final List<Integer> BITS = List.of(1, 2, 3);

    @Override
    protected Plugin plugin() {
        return new McMoePlugin();
    }

    @Override
    protected String settings() {
        return "bits = 4, group = 16";
    }

    private static double[][] costs(int experts, long seed) {
        Random random = new Random(seed);
        double[][] costs = new double[experts][3];
        for (double[] row : costs) {
            row[2] = random.nextDouble();
            row[1] = row[2] + random.nextDouble();
            row[0] = row[1] + random.nextDouble();
        }
        return costs;
    }

    private static double bruteForce(double[][] costs, int budget) {
        double least = Double.POSITIVE_INFINITY;
        for (int code = 0; code < Math.pow(3, costs.length); code++) {
            double cost = 0;
            int spent = 0;
            boolean two = false;
            boolean three = false;
            for (int expert = 0, rest = code; expert < costs.length; expert++, rest /= 3) {
                cost += costs[expert][rest % 3];
                spent += rest % 3 + 1;
                two |= rest % 3 == 1;
                three |= rest % 3 == 2;
            }
            least = spent <= budget && two && three ? Math.min(least, cost) : least;
        }
        return least;
    }

    @Test
    void allocatesAsCheaplyAsTryingEverything() {
        for (int seed = 0; seed < 20; seed++) {
            double[][] costs = costs(5, seed);
            double before = Double.POSITIVE_INFINITY;
            for (int budget = 8; budget <= 15; budget++) {
                BitAllocation allocation = BitAllocation.solve(costs, BITS, budget).orElseThrow();
                assertThat(allocation.objective()).isEqualTo(bruteForce(costs, budget));
                assertThat(allocation.objective()).isLessThanOrEqualTo(before);
                assertThat(Arrays.stream(allocation.bits()).sum()).isLessThanOrEqualTo(budget);
                assertThat(allocation.bits()).contains(2, 3);
                before = allocation.objective();
            }
        }
    }

    @Test
    void findsNoAllocationUnderABudgetThatIsTooSmall() {
        assertThat(BitAllocation.solve(costs(5, 1), BITS, 7)).isEmpty();
    }

    @Test
    void givesThreeBitsToTheExpertThatMattersMost() {
        double[][] costs = costs(6, 3);
        costs[4] = new double[] {1000, 500, 1};
        assertThat(BitAllocation.solve(costs, BITS, 10).orElseThrow().bits()[4]).isEqualTo(3);
    }

    @Test
    void chanceSpendsTheWholeBudgetOnOtherExpertsEachTime() {
        Set<String> seen = new HashSet<>();
        for (int block = 0; block < 20; block++) {
            double[][] costs = BitAllocation.randomCosts(8, BITS, services().random().stream("bits", block));
            int[] bits = BitAllocation.solve(costs, BITS, 16).orElseThrow().bits();
            assertThat(Arrays.stream(bits).sum()).isEqualTo(16);
            seen.add(Arrays.toString(bits));
        }
        assertThat(seen).hasSizeGreaterThan(15);
    }
}
