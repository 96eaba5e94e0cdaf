package lathe.mcmoe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.Refusal;
import lathe.spi.model.ModelInfo;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.Quantizer;
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

    private static McMoeConfig config() {
        return new McMoeConfig(Optional.empty(), BITS, 2, McMoeConfig.BitShares.SIGNIFICANCE, 1, 1.5, 2, 4, 8, 0.01,
                0.1, 50, 2.4, false, DataType.F16);
    }

    @Test
    void spendsTheWholeBudgetOnExpertsThatAreAllAlike() {
        double[][] errors = new double[5][];
        Arrays.fill(errors, new double[] {4, 1.5, 0.4});
        double[] alike = {7, 7, 7, 7, 7};
        double[][] costs = BitAllocation.costs(config(), alike, alike, errors);
        for (int budget = 8; budget <= 14; budget++) {
            int[] bits = BitAllocation.solve(costs, BITS, budget).orElseThrow().bits();
            assertThat(Arrays.stream(bits).sum()).isEqualTo(budget);
            assertThat(bits).contains(2, 3);
        }
    }

    /** A block of experts of uneven use, two a token: what its output loses when experts are rounded. */
    private final class Block {
        private static final int EXPERTS = 6;
        private final Tensor inputs = normal("inputs", 200, 16);
        private final Tensor router = normal("router", EXPERTS, 16);
        private final double[][] weights = new double[200][EXPERTS];
        private final Significance significance = new Significance(config(), EXPERTS, 2);
        private final Tensor[][] changes = new Tensor[EXPERTS][BITS.size()];

        Block() {
            // All inputs lean to one side, and so some experts are chosen far more often.
            Tensor lean = normal("lean", 16);
            for (int token = 0; token < 200; token++) {
                inputs.row(token).assign(inputs.row(token).copy().add(lean));
            }
            int[] chosen = inputs.matmulTransposed(router).topK(2).toInts();
            Tensor shares = inputs.matmulTransposed(router).softmax();
            for (int token = 0; token < 200; token++) {
                double sum = shares.get(token, chosen[2 * token]) + shares.get(token, chosen[2 * token + 1]);
                for (int slot = 2 * token; slot < 2 * token + 2; slot++) {
                    weights[token][chosen[slot]] = shares.get(token, chosen[slot]) / sum;
                }
            }
            for (int expert = 0; expert < EXPERTS; expert++) {
                look(expert);
            }
        }

        private void look(int expert) {
            RoundedExpert whole = new RoundedExpert(normal("gate" + expert, 12, 16).multiply(0.3),
                    normal("up" + expert, 12, 16).multiply(0.3), normal("down" + expert, 16, 12).multiply(0.3));
            int[] own = IntStream.range(0, 200).filter(token -> weights[token][expert] > 0).toArray();
            significance.take(expert, inputs.select(own), router, whole, scope());
            Tensor factors = scope().zeros(200);
            for (int token : own) {
                factors.set(weights[token][expert], token);
            }
            for (int i = 0; i < BITS.size(); i++) {
                Tensor rounded = whole.rounded(BITS.get(i), config(), scope()).output(inputs);
                changes[expert][i] = rounded.subtract(whole.output(inputs)).scaleRows(factors);
            }
        }

        double[][] costs() {
            return BitAllocation.costs(
                    config(), significance.counts(), significance.weights(), significance.errors());
        }

        double error(double[][] costs) {
            int[] bits = BitAllocation.solve(costs, BITS, 2 * EXPERTS).orElseThrow().bits();
            assertThat(Arrays.stream(bits).sum()).isEqualTo(2 * EXPERTS);
            Tensor lost = changes[0][bits[0] - 1].copy();
            for (int expert = 1; expert < EXPERTS; expert++) {
                lost = lost.add(changes[expert][bits[expert] - 1]);
            }
            return Math.sqrt(lost.square().sum());
        }
    }

    @Test
    void losesLessOfABlocksOutputThanChanceDoesWithTheSameBits() {
        Block block = new Block();
        double random = IntStream.range(0, 20).mapToDouble(draw -> block.error(
                BitAllocation.randomCosts(Block.EXPERTS, BITS, services().random().stream("bits", draw))))
                .average().orElseThrow();
        assertThat(block.error(block.costs())).isLessThan(0.8 * random);
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

    private McMoeConfig config(boolean parity, int searchN) {
        return new McMoeConfig(Optional.empty(), BITS, 2, McMoeConfig.BitShares.SIGNIFICANCE, 1, 1.5, 2, 4, 8, 0.01,
                0.1, searchN, 2.4, parity, DataType.F32);
    }

    @Test
    void givesAGroupOfZerosAGridThatHasThemOrTheAuthors() {
        RealGrid own = RealGrid.fit(config(false, 50), 3, new float[8]);
        assertThat(own.value(own.code(0))).isZero();
        RealGrid theirs = RealGrid.fit(config(true, 0), 3, new float[8]);
        assertThat(theirs.scale()).isEqualTo(2f / 7);
        assertThat(theirs.zero()).isCloseTo(3.5f, within(1e-6f));
        assertThat(Math.abs(theirs.value(theirs.code(0)))).as("a code beside the middle")
                .isCloseTo(1f / 7, within(1e-6f));
        assertThat(RealGrid.fit(config(true, 50), 3, new float[8]).scale()).as("the search narrows it by a tenth")
                .isCloseTo(0.9f * 2 / 7, within(1e-6f));
    }

    private Optional<Refusal> refusal(Optional<Integer> bits, List<Integer> bitSet, double budget, int experts) {
        McMoeConfig config = new McMoeConfig(bits, bitSet, budget, McMoeConfig.BitShares.SIGNIFICANCE, 1, 1.5, 2, 4, 8,
                0.01, 0.1, 50, 2.4, false, DataType.F16);
        return new McMoeQuantizer(config, services())
                .refuses(new ModelInfo("tiny", "mixtral", 8, 8, 8, experts, 2, List.of(), Set.of()));
    }

    private Optional<Refusal> refusal(double budget, int experts) {
        return refusal(Optional.empty(), BITS, budget, experts);
    }

    @Test
    void refusesABudgetThatIsTooSmallAndSaysWhichSuffices() {
        assertThat(refusal(1, 8).orElseThrow().reason()).contains("need 11", "1.375 would suffice");
        assertThat(refusal(1.375, 8)).isEmpty();
        assertThat(refusal(1.3, 6).orElseThrow().reason()).contains("need 9", "1.5 would suffice");
        assertThat(refusal(Optional.empty(), List.of(4), 2.5, 8).orElseThrow().reason())
                .contains("a budget of 4 would");
        assertThat(refusal(2.5, 1).orElseThrow().reason()).contains("bits = 3");
        assertThat(refusal(Optional.of(3), BITS, 1, 8)).isEmpty();
        for (int experts = 2; experts < 9; experts++) {
            int least = BitAllocation.least(experts, BITS).orElseThrow();
            assertThat(BitAllocation.solve(costs(experts, 1), BITS, least)).isPresent();
            assertThat(BitAllocation.solve(costs(experts, 1), BITS, least - 1)).isEmpty();
        }
    }

    @Test
    void refusesASetWithoutBitsAndScalesThatAreNoNumbers() {
        assertThatThrownBy(() -> make(Quantizer.class, "bitSet = []")).hasMessageContaining("[1, 2, 3]");
        assertThatThrownBy(() -> make(Quantizer.class, "scaleType = I8")).hasMessageContaining("scaleType");
    }
}
