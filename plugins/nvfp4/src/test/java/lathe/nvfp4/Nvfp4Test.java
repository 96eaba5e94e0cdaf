package lathe.nvfp4;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.BitPacking;
import lathe.spi.operator.Codebook;
import lathe.spi.operator.SmallFloat;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.Quantizer;
import lathe.testkit.QuantizerContract;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenStatistics;
import lathe.testkit.scene.GivenWeight;

class Nvfp4Test extends QuantizerContract {
    @Override
    protected Plugin plugin() {
        return new Nvfp4Plugin();
    }

    @Override
    protected String at(int bits, int group) {
        return "";
    }

    @Override
    protected List<Integer> widths() {
        return List.of(4);
    }

    /** Half of the distance of 4 and 6 where the largest weight is 6, and what rounding the scale adds. */
    @Override
    protected double tolerance() {
        return 0.25;
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
    void followsTheTwoLevelFormulaStepByStep() {
        Tensor weight = normal("weight", 5, 70).multiply(0.02);
        Codebook operator = quantize(weight, "");
        float factor = (float) weight.maxAbs() / (6 * 448);
        assertThat(operator.tensorScale()).isEqualTo(factor);
        Tensor scales = operator.scales().orElseThrow();
        assertThat(scales.type()).isEqualTo(DataType.F8_E4M3);
        for (int row = 0; row < 5; row++) {
            for (int column = 0; column < 70; column++) {
                int block = column / 16;
                double largest = weight.row(row).slice(0, block * 16, Math.min(70, block * 16 + 16)).copy().maxAbs();
                Tensor stored = scope().zeros(DataType.F8_E4M3, 1);
                stored.set(largest / 6 / factor, 0);
                assertThat(scales.get(row, block)).isEqualTo(stored.get(0));
                int code = BitPacking.get(operator.codes().row(row).segment(), 0, column, 4);
                double step = stored.get(0) * factor;
                double error = Math.abs(SmallFloat.E2M1.value(code) * step - weight.get(row, column));
                for (int other = 0; other < 16; other++) {
                    double of = Math.abs(SmallFloat.E2M1.value(other) * step - weight.get(row, column));
                    assertThat(error).isLessThanOrEqualTo(of * (1 + 1e-5) + 1e-12);
                }
            }
        }
    }

    @Test
    void theLargestBlockScaleIsTheLargestNumber() {
        Tensor scales = quantize(normal("weight", 8, 64), "").scales().orElseThrow();
        double largest = 0;
        for (int row = 0; row < 8; row++) {
            for (int block = 0; block < 4; block++) {
                largest = Math.max(largest, scales.get(row, block));
            }
        }
        assertThat(largest).isEqualTo(448);
    }

    @Test
    void neverStoresAScaleOfNothing() {
        Tensor weight = scope().zeros(1, 48);
        weight.set(1, 0, 0);
        weight.set(1e-7, 0, 16);
        Tensor scales = quantize(weight, "").scales().orElseThrow();
        assertThat(scales.get(0, 1)).isEqualTo(0x1p-9);
        assertThat(scales.get(0, 2)).isPositive();
    }

    @Test
    void takesFourAndAHalfBitsAWeight() {
        Codebook operator = quantize(normal("weight", 16, 128), "");
        long table = operator.table().bytes();
        assertThat((operator.bytes() - table) * 8.0 / (16 * 128)).isEqualTo(4.5);
    }
}
