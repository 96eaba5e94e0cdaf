package lathe.mxfp4;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.BitPacking;
import lathe.spi.operator.Codebook;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.Quantizer;
import lathe.testkit.QuantizerContract;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenStatistics;
import lathe.testkit.scene.GivenWeight;

class Mxfp4Test extends QuantizerContract {
    private static final float[] NUMBERS = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};

    @Override
    protected Plugin plugin() {
        return new Mxfp4Plugin();
    }

    @Override
    protected String at(int bits, int group) {
        return "scale = covering";
    }

    @Override
    protected List<Integer> widths() {
        return List.of(4);
    }

    /** Half of the distance of 4 and 6, with the largest weight just above 3 times a power of two. */
    @Override
    protected double tolerance() {
        return 1 / 3.0;
    }

    @Override
    protected boolean isAsGoodAsRounding() {
        return false;
    }

    private Codebook quantize(Tensor weight, String hocon) {
        Site site = new Site(0, Role.GATE, Site.NO_EXPERT, weight.size(0), weight.size(1));
        return (Codebook) make(Quantizer.class, hocon).quantize(new GivenWeight(site, weight.copy(),
                GivenStatistics.none(site, scope()), Optional.empty(), scope(), new Findings()));
    }

    @Test
    void followsTheSpecificationStepByStep() {
        Tensor weight = normal("weight", 5, 70).multiply(0.02);
        Codebook operator = quantize(weight, "");
        Tensor powers = operator.scales().orElseThrow();
        assertThat(powers.type()).isEqualTo(DataType.U8);
        for (int row = 0; row < 5; row++) {
            for (int column = 0; column < 70; column++) {
                int block = column / 32;
                double largest = weight.row(row).slice(0, block * 32, Math.min(70, block * 32 + 32)).copy().maxAbs();
                int exponent = (int) Math.floor(Math.log(largest) / Math.log(2)) - 2;
                assertThat(powers.get(row, block)).isEqualTo(exponent + 127);
                int code = BitPacking.get(operator.codes().row(row).segment(), 0, column, 4);
                double value = weight.get(row, column) / Math.pow(2, exponent);
                assertThat(NUMBERS[code & 7]).isEqualTo(nearest(Math.abs(value)));
                assertThat(code >> 3).isEqualTo(value < 0 ? 1 : 0);
            }
        }
    }

    private static float nearest(double value) {
        int best = 0;
        for (int code = 1; code < NUMBERS.length; code++) {
            double difference = Math.abs(NUMBERS[code] - value) - Math.abs(NUMBERS[best] - value);
            if (difference < 0 || difference == 0 && code % 2 == 0) {
                best = code;
            }
        }
        return NUMBERS[best];
    }

    @Test
    void roundsHalvesToTheEvenCode() {
        float[] halves = {0.25f, 0.75f, 1.25f, 1.75f, 2.5f, 3.5f, 5, 6};
        Tensor weight = scope().of(halves, 1, 8);
        Codebook operator = quantize(weight, "");
        int[] codes = new int[8];
        BitPacking.unpackRow(operator.codes().row(0).segment(), 0, 8, 4, codes);
        assertThat(codes).containsExactly(0, 2, 2, 4, 4, 6, 6, 7);
        assertThat(operator.scales().orElseThrow().get(0, 0)).isEqualTo(127);
    }

    @Test
    void cutsOffAboveSixUnlessItsScaleCovers() {
        Tensor weight = scope().of(new float[] {7.5f, -1, 0, 0}, 1, 4);
        assertThat(first(quantize(weight, ""))).isEqualTo(6);
        assertThat(first(quantize(weight, "scale = covering"))).isEqualTo(8);
    }

    private double first(Codebook operator) {
        int code = BitPacking.get(operator.codes().row(0).segment(), 0, 0, 4);
        return NUMBERS[code] * Math.pow(2, operator.scales().orElseThrow().get(0, 0) - 127);
    }

    @Test
    void takesFourAndAQuarterBitsAWeight() {
        Codebook operator = quantize(normal("weight", 16, 128), "");
        long table = operator.table().bytes();
        assertThat(table).isEqualTo(16);
        assertThat((operator.bytes() - table) * 8.0 / (16 * 128)).isEqualTo(4.25);
    }

    @Test
    void holdsTheSmallestAndTheLargestWeights() {
        Tensor weight = scope().zeros(3, 32);
        weight.set(Float.MIN_VALUE, 0, 3);
        weight.set(Float.MAX_VALUE, 1, 3);
        Tensor powers = quantize(weight, "").scales().orElseThrow();
        assertThat(powers.get(0, 0)).isZero();
        assertThat(powers.get(1, 0)).isEqualTo(252);
        assertThat(powers.get(2, 0)).isZero();
    }
}
