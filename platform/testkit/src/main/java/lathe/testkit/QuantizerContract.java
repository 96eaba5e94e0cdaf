package lathe.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.spi.Kind;
import lathe.spi.numeric.Parallel;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.SparsityPattern;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.Quantizer;
import lathe.spi.weight.UniformGrid;
import lathe.testkit.scene.OperatorView;

/** What every quantizer of single weights promises, whether its grids are uniform or numbers of a small format. */
public abstract class QuantizerContract extends WeightContract {
    private static final int GROUP = 16;

    /** Made by subclasses. */
    protected QuantizerContract() {
        super();
    }

    @Override
    protected final Kind kind() {
        return Kind.QUANTIZER;
    }

    /**
     * Settings for a number of bits and a group size.
     *
     * @param bits  bits of a code
     * @param group inputs that share a scale, -1 for whole rows
     * @return HOCON
     */
    protected String at(int bits, int group) {
        return "bits = " + bits + ", group = " + group;
    }

    /**
     * Whether outputs are never worse than with every weight rounded to the nearest point.
     *
     * @return true, unless overridden
     */
    protected boolean isAsGoodAsRounding() {
        return true;
    }

    /**
     * Bits that codes may have.
     *
     * @return 2, 3, 4 and 8, unless overridden; ascending
     */
    protected List<Integer> widths() {
        return List.of(2, 3, 4, 8);
    }

    /**
     * How far a weight may be away with the most bits.
     *
     * @return a part of the largest weight; a tenth, unless overridden
     */
    protected double tolerance() {
        return 0.1;
    }

    /**
     * What the method stores beside codes, scales and zero points, such as outliers.
     *
     * @param operator what it made
     * @return bytes, 0 unless overridden
     */
    protected long otherBytes(LinearOperator operator) {
        return 0;
    }

    private int most() {
        return widths().getLast();
    }

    private LinearOperator quantize(Parallel parallel, Tensor weight, Optional<Mask> kept, String hocon) {
        Quantizer quantizer = (Quantizer) made(parallel, List.of(), hocon).method();
        return quantizer.quantize(scene(weight, kept));
    }

    private LinearOperator quantize(Tensor weight, String hocon) {
        return quantize(Engine.shared().parallel(), weight, Optional.empty(), hocon);
    }

    private Tensor dense(LinearOperator operator) {
        return OperatorView.dense(operator, scope());
    }

    @Test
    void storesNoMoreBitsThanItSays() {
        for (int bits : widths()) {
            LinearOperator operator = quantize(weight(ROWS, 64), at(bits, GROUP));
            long codes = ROWS * 4L * ((64L * bits + 31) / 32);
            long groups = ROWS * 64L / GROUP;
            // A scale of two bytes a group, and a zero point that is packed like codes, rows ending at whole words.
            long most = codes + 2 * groups + ROWS * 4L * ((64 / GROUP * bits + 31) / 32) + 4L * 64;
            assertThat(operator.bytes()).as("%s bits", bits).isBetween(codes, most + otherBytes(operator));
            long parts = operator.parts().values().stream().mapToLong(Tensor::bytes).sum();
            assertThat(operator.bytes()).isEqualTo(parts);
        }
    }

    @Test
    void staysWithinTheGridOfItsBits() {
        Assumptions.assumeTrue(quantize(weight(ROWS, COLUMNS), at(3, GROUP)) instanceof GroupQuantized,
                "The grids are not uniform.");
        GroupQuantized operator = (GroupQuantized) quantize(weight(ROWS, COLUMNS), at(3, GROUP));
        for (float code : OperatorView.codes(operator, scope()).toFloats()) {
            assertThat(code).isBetween(0f, 7f);
        }
        for (float scale : operator.scales().toFloats()) {
            assertThat(scale).isPositive();
        }
    }

    @Test
    void moreBitsMakeTheErrorSmaller() {
        Tensor weight = weight(ROWS, COLUMNS);
        double before = Double.POSITIVE_INFINITY;
        for (int bits : widths()) {
            double error = outputError(weight, dense(quantize(weight, at(bits, GROUP))));
            assertThat(error).as("%s bits", bits).isLessThan(before);
            before = error;
        }
    }

    @Test
    void isNotWorseThanRoundingToTheNearest() {
        Assumptions.assumeTrue(isAsGoodAsRounding(), "The method does not promise it.");
        Tensor weight = weight(ROWS, COLUMNS);
        double error = outputError(weight, dense(quantize(weight, at(3, GROUP))));
        assertThat(error).isLessThanOrEqualTo(1.001 * outputError(weight, rounded(weight, 3)));
    }

    private Tensor rounded(Tensor weight, int bits) {
        Tensor rounded = weight.copy();
        float[] row = new float[COLUMNS];
        for (int i = 0; i < weight.size(0); i++) {
            weight.copyRow(i, row);
            for (int from = 0; from < COLUMNS; from += GROUP) {
                UniformGrid grid = UniformGrid
                        .fit(UniformGrid.Convention.ASYMMETRIC, bits, row.clone(), from, from + GROUP);
                for (int j = from; j < from + GROUP; j++) {
                    row[j] = grid.value(grid.code(row[j]));
                }
            }
            rounded.setRow(i, row);
        }
        return rounded;
    }

    @Test
    void takesRowsThatAreNoMultipleOfTheGroup() {
        Tensor weight = weight(5, 50);
        Tensor result = dense(quantize(weight, at(most(), GROUP)));
        assertThat(result.shape()).isEqualTo(weight.shape());
        assertThat(result.subtract(weight).maxAbs()).isLessThan(tolerance() * weight.maxAbs());
    }

    @Test
    void takesWholeRowsAsOneGroup() {
        Tensor weight = weight(5, 50);
        Tensor result = dense(quantize(weight, at(most(), -1)));
        assertThat(result.subtract(weight).maxAbs()).isLessThan(tolerance() * weight.maxAbs());
    }

    @Test
    void leavesZerosZero() {
        Tensor result = dense(quantize(scope().zeros(6, 32), at(4, GROUP)));
        assertThat(result.maxAbs()).isZero();
    }

    @Test
    void keepsTheWeightsThatAPrunerLeft() {
        Tensor weight = weight(ROWS, COLUMNS);
        Mask mask = Mask.largestPerRow(weight.abs(), SparsityPattern.parse("2:4"), 0);
        Tensor pruned = mask.apply(weight);
        LinearOperator operator = quantize(
                Engine.shared().parallel(), pruned, Optional.of(mask), at(most(), GROUP));
        Tensor result = mask.apply(dense(operator));
        assertThat(result.subtract(pruned).maxAbs()).isLessThan(tolerance() * weight.maxAbs());
    }

    @Test
    void givesTheSameBitsForAnyNumberOfThreads() {
        Tensor weight = weight(ROWS, COLUMNS);
        Tensor alone = dense(quantize(Parallel.SEQUENTIAL, weight, Optional.empty(), at(4, GROUP)));
        Tensor together = dense(quantize(weight, at(4, GROUP)));
        assertThat(together.toFloats()).containsExactly(alone.toFloats());
    }

    @Test
    void refusesNaNWithASentence() {
        Tensor weight = weight(4, 32);
        weight.set(Double.NaN, 2, 3);
        assertThatThrownBy(() -> quantize(weight, at(4, GROUP))).hasMessageContaining("NaN");
    }

    @Test
    void refusesBitsThatItCannotStore() {
        Assumptions.assumeTrue(hasKey("bits"), "The method has its number of bits by itself.");
        assertThatThrownBy(() -> make(Quantizer.class, at(9, GROUP))).hasMessageContaining("bits");
        assertThatThrownBy(() -> make(Quantizer.class, at(0, GROUP))).hasMessageContaining("bits");
    }
}
