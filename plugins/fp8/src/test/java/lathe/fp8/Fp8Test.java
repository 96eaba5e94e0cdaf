package lathe.fp8;

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
import lathe.testkit.scene.OperatorView;

class Fp8Test extends QuantizerContract {
    @Override
    protected Plugin plugin() {
        return new Fp8Plugin();
    }

    @Override
    protected String at(int bits, int group) {
        return "scaleType = bf16, " + (group < 0 ? "scaling = channel" : "scaling = group, group = " + group);
    }

    @Override
    protected List<Integer> widths() {
        return List.of(8);
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
    void takesTheNearestOfAllNumbersForEveryWeight() {
        for (String format : List.of("e4m3", "e5m2")) {
            SmallFloat numbers = SmallFloat.valueOf(format.toUpperCase(java.util.Locale.ROOT));
            Tensor weight = normal("weight", 7, 40).multiply(0.03);
            Codebook operator = quantize(weight, "scaling = group, group = 16, format = " + format);
            for (int row = 0; row < 7; row++) {
                for (int column = 0; column < 40; column++) {
                    float scale = largest(weight, row, column / 16 * 16) / numbers.largest();
                    assertThat((float) operator.scales().orElseThrow().get(row, column / 16)).isEqualTo(scale);
                    int code = BitPacking.get(operator.codes().row(row).segment(), 0, column, 8);
                    assertThat(numbers.value(code)).isEqualTo(
                            nearest(numbers, (float) weight.get(row, column) / scale));
                }
            }
        }
    }

    private static float largest(Tensor weight, int row, int from) {
        float largest = 0;
        for (int column = from; column < Math.min(weight.size(1), from + 16); column++) {
            largest = Math.max(largest, (float) Math.abs(weight.get(row, column)));
        }
        return largest;
    }

    /** By looking at every number; of two equally near the one whose code is even. */
    private static float nearest(SmallFloat numbers, float value) {
        int best = 0;
        for (int code = 0; code < 256; code++) {
            boolean number = Math.abs(numbers.value(code)) <= numbers.largest();
            float difference = Math.abs(numbers.value(code) - value) - Math.abs(numbers.value(best) - value);
            if (number && (difference < 0 || difference == 0 && code % 2 == 0)) {
                best = code;
            }
        }
        return numbers.value(best);
    }

    @Test
    void roundsToTheBitPatternsOfTheTensorTypes() {
        for (SmallFloat numbers : List.of(SmallFloat.E4M3, SmallFloat.E5M2)) {
            DataType type = DataType.valueOf("F8_" + numbers);
            Tensor stored = scope().zeros(type, 1);
            for (float value = numbers.value(1) / 8; value < numbers.largest(); value *= 1.0009f) {
                stored.set(-value, 0);
                assertThat(numbers.value(numbers.code(-value))).isEqualTo((float) stored.get(0));
            }
        }
    }

    @Test
    void roundsHalvesToTheEvenMantissaAndCutsOffAtTheLargestNumber() {
        assertThat(SmallFloat.E4M3.value(SmallFloat.E4M3.code(17))).isEqualTo(16);
        assertThat(SmallFloat.E4M3.value(SmallFloat.E4M3.code(19))).isEqualTo(20);
        assertThat(SmallFloat.E4M3.value(SmallFloat.E4M3.code(1e9f))).isEqualTo(448);
        assertThat(SmallFloat.E4M3.code(0x1p-10f)).isZero();
        assertThat(SmallFloat.E4M3.code(0x1.8p-9f)).isEqualTo(2);
        assertThat(SmallFloat.E5M2.value(SmallFloat.E5M2.code(Float.NEGATIVE_INFINITY))).isEqualTo(-57344);
    }

    @Test
    void storesOneScaleATensorOrOneAChannel() {
        Tensor weight = normal("weight", 6, 32);
        Codebook whole = quantize(weight, "scaling = tensor");
        assertThat(whole.scales()).isEmpty();
        assertThat(whole.tensorScale()).isEqualTo((float) weight.maxAbs() / 448);
        Codebook channels = quantize(weight, "scaling = channel, scaleType = bf16");
        assertThat(channels.scales().orElseThrow().shape().toArray()).containsExactly(6, 1);
        assertThat(channels.scales().orElseThrow().type()).isEqualTo(DataType.BF16);
        // 8 bits a weight, 2 bytes a channel, a table of 256 bytes.
        assertThat(channels.bytes()).isEqualTo(6 * 32 + 6 * 2 + 256);
    }

    @Test
    void isAtMostASixteenthOfAWeightAway() {
        Tensor weight = normal("weight", 9, 64);
        Tensor result = OperatorView.dense(quantize(weight, "scaling = channel"), scope());
        for (int row = 0; row < 9; row++) {
            for (int column = 0; column < 64; column++) {
                double exact = weight.get(row, column);
                double subnormal = weight.row(row).copy().maxAbs() / 448 * 0x1p-10;
                assertThat(Math.abs(result.get(row, column) - exact))
                        .isLessThanOrEqualTo(Math.max(Math.abs(exact) / 16, subnormal) * 1.0001);
            }
        }
    }
}
