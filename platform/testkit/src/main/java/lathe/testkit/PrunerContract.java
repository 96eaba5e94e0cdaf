package lathe.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.models.transformer.ModelWeights;
import lathe.models.transformer.Transformer;
import lathe.spi.Kind;
import lathe.spi.model.Site;
import lathe.spi.numeric.Parallel;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.Pruned;
import lathe.spi.weight.Pruner;
import lathe.testkit.golden.TemporaryModel;
import lathe.testkit.reference.ReferenceRounding;
import lathe.testkit.scene.MethodFactory;
import lathe.testkit.scene.MethodSource;
import lathe.testkit.scene.OperatorView;

/** What every pruner of single weights promises. */
public abstract class PrunerContract extends WeightContract {
    /** Made by subclasses. */
    protected PrunerContract() {
        super();
    }

    @Override
    protected final Kind kind() {
        return Kind.PRUNER;
    }

    /**
     * Zeros that the method makes in a weight without equal scores.
     *
     * @param rows     rows of the weight
     * @param columns  columns of the weight
     * @param sparsity the setting
     * @return floor(sparsity * columns) in every row, unless overridden
     */
    protected long zeros(int rows, int columns, double sparsity) {
        return (long) rows * (int) (sparsity * columns);
    }

    /**
     * Whether the method changes weights that stay.
     *
     * @return false, unless overridden
     */
    protected boolean correctsSurvivors() {
        return false;
    }

    /**
     * Whether equal scores go by the lower column, row by row.
     *
     * @return true, unless overridden
     */
    protected boolean cutsRowsExactly() {
        return true;
    }

    /** A mask and the values under it. */
    private record Result(Mask mask, Tensor weight) {}

    private Result prune(Tensor weight, String... hocon) {
        return prune(Engine.shared().parallel(), weight, hocon);
    }

    private Result prune(Parallel parallel, Tensor weight, String... hocon) {
        Pruner pruner = (Pruner) made(parallel, List.of(), hocon).method();
        return switch (pruner.prune(scene(weight, Optional.empty()))) {
            case Pruned.Kept kept -> new Result(kept.mask(), kept.mask().apply(kept.weight()));
            case Pruned.KeptCodes kept -> new Result(
                    kept.mask(), kept.mask().apply(OperatorView.dense(kept.codes(), scope())));
            case Pruned.Replaced replaced -> result(OperatorView.dense(replaced.operator(), scope()));
        };
    }

    private static Result result(Tensor dense) {
        return new Result(Mask.nonZero(dense), dense);
    }

    @Test
    void removesExactlyTheShareThatIsAskedFor() {
        for (double sparsity : new double[] {0.5, 0.37, 0.9}) {
            Mask mask = prune(weight(ROWS, COLUMNS), "sparsity = " + sparsity).mask();
            assertThat((long) ROWS * COLUMNS - mask.kept())
                    .as("zeros at sparsity %s", sparsity)
                    .isEqualTo(zeros(ROWS, COLUMNS, sparsity));
        }
    }

    @Test
    void removesExactlyTheShareOfOddSizes() {
        for (int columns : new int[] {1, 7, 65, 130}) {
            Mask mask = prune(weight(5, columns), "sparsity = 0.5").mask();
            assertThat(5L * columns - mask.kept()).as("%s columns", columns).isEqualTo(zeros(5, columns, 0.5));
        }
    }

    @Test
    void keepsTwoOfEveryFourWhereThePatternSaysSo() {
        Assumptions.assumeTrue(hasKey("pattern"), "The method has no n:m patterns.");
        for (String pattern : List.of("2:4", "4:8", "1:4")) {
            Mask mask = prune(weight(ROWS, COLUMNS), "pattern = \"" + pattern + "\"").mask();
            int zeros = pattern.charAt(0) - '0';
            int group = pattern.charAt(2) - '0';
            for (int row = 0; row < ROWS; row++) {
                for (int start = 0; start < COLUMNS; start += group) {
                    int kept = 0;
                    for (int column = start; column < start + group; column++) {
                        kept += mask.keeps(row, column) ? 1 : 0;
                    }
                    assertThat(kept).as("row %s, columns from %s", row, start).isEqualTo(group - zeros);
                }
            }
        }
    }

    @Test
    void refusesAPatternThatDoesNotDivideTheInputs() {
        Assumptions.assumeTrue(hasKey("pattern"), "The method has no n:m patterns.");
        assertThatThrownBy(() -> prune(weight(ROWS, COLUMNS + 1), "pattern = \"2:4\"")).hasMessageContaining("2:4");
    }

    @Test
    void changesNothingAtSparsityZero() {
        Tensor weight = weight(ROWS, COLUMNS);
        Result result = prune(weight, "sparsity = 0");
        assertThat(result.mask().kept()).isEqualTo((long) ROWS * COLUMNS);
        assertThat(result.weight().toFloats()).containsExactly(weight.toFloats());
    }

    @Test
    void leavesSurvivorsAsTheyAre() {
        Assumptions.assumeFalse(correctsSurvivors(), "The method corrects the weights that stay.");
        Tensor weight = weight(ROWS, COLUMNS);
        Result result = prune(weight, "sparsity = 0.5");
        for (int row = 0; row < ROWS; row++) {
            for (int column = 0; column < COLUMNS; column++) {
                double expected = result.mask().keeps(row, column) ? weight.get(row, column) : 0;
                assertThat(result.weight().get(row, column)).isEqualTo(expected);
            }
        }
    }

    @Test
    void correctingSurvivorsMakesTheOutputErrorSmaller() {
        Assumptions.assumeTrue(correctsSurvivors(), "The method leaves the weights that stay as they are.");
        Tensor weight = weight(ROWS, COLUMNS);
        Result result = prune(weight, "sparsity = 0.5");
        assertThat(outputError(weight, result.weight()))
                .isLessThan(outputError(weight, result.mask().apply(weight)));
    }

    @Test
    void givesTheSameBitsForAnyNumberOfThreads() {
        Tensor weight = weight(ROWS, COLUMNS);
        Result alone = prune(Parallel.SEQUENTIAL, weight, "sparsity = 0.5");
        Result together = prune(Engine.shared().parallel(), weight, "sparsity = 0.5");
        assertThat(together.mask()).isEqualTo(alone.mask());
        assertThat(together.weight().toFloats()).containsExactly(alone.weight().toFloats());
    }

    @Test
    void breaksTiesByTheLowerColumn() {
        Assumptions.assumeTrue(cutsRowsExactly(), "Equal scores do not go one by one in this method.");
        Tensor equal = scope().zeros(3, 10).fill(0.25);
        Pruner pruner = make(Pruner.class, "sparsity = 0.4");
        Pruned.Kept kept = (Pruned.Kept) pruner.prune(sceneOfEqualInputs(equal));
        for (int row = 0; row < 3; row++) {
            for (int column = 0; column < 10; column++) {
                assertThat(kept.mask().keeps(row, column)).as("[%s, %s]", row, column).isEqualTo(column >= 4);
            }
        }
    }

    @Test
    void whatItLeavesCanBeQuantizedAndKeepsItsZeros() {
        MethodFactory factory = new MethodFactory(MethodSource.of(plugins()), Engine.shared());
        TargetedWalk walk = TargetedWalk.in(scope());
        try (TemporaryModel model = walk.model()) {
            Transformer dense = model.transformer();
            ModelWeights pruned = walk.walk(dense, forWalk(factory), factory.services(), false);
            try (Transformer between = dense.with(pruned)) {
                for (int bits : new int[] {4, 8}) {
                    ModelWeights codes = walk.walk(
                            between, new ReferenceRounding(bits, 16), factory.services(), true);
                    for (Site site : pruned.sites()) {
                        if (site.block() >= 0) {
                            assertRounded(walk.compute().dense(pruned.operator(site), DataType.F32, scope()),
                                    walk.compute().dense(codes.operator(site), DataType.F32, scope()), bits,
                                    site.name() + ", " + bits + " bits");
                        }
                    }
                }
            }
        }
    }

    /** Zeros are zeros still; everything else is away by at most a step of the widest grid. */
    private static void assertRounded(Tensor pruned, Tensor codes, int bits, String where) {
        float[] before = pruned.toFloats();
        float[] after = codes.toFloats();
        double step = 2 * pruned.maxAbs() / ((1 << bits) - 1);
        for (int i = 0; i < before.length; i++) {
            double most = before[i] == 0 ? 0 : 1.01 * step;
            assertThat(Math.abs(after[i] - before[i])).as("%s, number %s", where, i).isLessThanOrEqualTo((float) most);
        }
    }

    @Test
    void refusesNaNWithASentence() {
        Tensor weight = weight(4, 8);
        weight.set(Double.NaN, 2, 3);
        assertThatThrownBy(() -> prune(weight, "sparsity = 0.5")).hasMessageContaining("NaN");
    }

    @Test
    void refusesASparsityOutsideItsRange() {
        assertThatThrownBy(() -> make(Pruner.class, "sparsity = 1.0")).hasMessageContaining("sparsity");
        assertThatThrownBy(() -> make(Pruner.class, "sparsity = -0.1")).hasMessageContaining("sparsity");
    }
}
