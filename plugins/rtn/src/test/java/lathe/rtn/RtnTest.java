package lathe.rtn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.Quantizer;
import lathe.testkit.QuantizerContract;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenStatistics;
import lathe.testkit.scene.GivenWeight;
import lathe.testkit.scene.OperatorView;

class RtnTest extends QuantizerContract {
    @Override
    protected Plugin plugin() {
        return new RtnPlugin();
    }

    private GroupQuantized quantize(Tensor weight, String hocon) {
        Site site = new Site(0, Role.GATE, Site.NO_EXPERT, weight.size(0), weight.size(1));
        return (GroupQuantized) make(Quantizer.class, hocon).quantize(new GivenWeight(site, weight.copy(),
                GivenStatistics.none(site, scope()), Optional.empty(), scope(), new Findings()));
    }

    @Test
    void isAtMostHalfAStepAway() {
        for (String convention : new String[] {"asymmetric", "symmetric"}) {
            Tensor weight = normal("weight", 9, 64);
            GroupQuantized operator = quantize(
                    weight, "bits = 4, group = 16, scaleType = f32, convention = " + convention);
            Tensor error = OperatorView.dense(operator, scope()).subtract(weight).abs();
            for (int row = 0; row < 9; row++) {
                for (int column = 0; column < 64; column++) {
                    double half = operator.scales().get(row, column / 16) / 2;
                    assertThat(error.get(row, column)).as(convention).isLessThanOrEqualTo(half * 1.00001);
                }
            }
        }
    }

    @Test
    void holdsZeroExactlyInTheAsymmetricGrid() {
        Tensor weight = normal("weight", 4, 32).add(5);
        weight.set(0, 2, 7);
        assertThat(OperatorView.dense(quantize(weight, "group = 16"), scope()).get(2, 7)).isZero();
    }

    @Test
    void storesScalesInTheTypeThatIsAskedFor() {
        Tensor weight = normal("weight", 4, 32);
        assertThat(quantize(weight, "group = 16").scales().type()).isEqualTo(DataType.F16);
        assertThat(quantize(weight, "group = 16, scaleType = f32").scales().type()).isEqualTo(DataType.F32);
    }

    @Test
    void storesNoZeroPointsOfSymmetricGrids() {
        GroupQuantized operator = quantize(normal("weight", 4, 32), "group = 16, convention = signed");
        assertThat(operator.parts()).containsOnlyKeys("codes", "scales");
    }

    @Test
    void clipSearchNeverMakesTheErrorLarger() {
        Tensor weight = normal("weight", 16, 64);
        String plain = "bits = 3, group = 32, scaleType = f32";
        double without = error(weight, plain);
        assertThat(error(weight, plain + ", clipSearch = true")).isLessThanOrEqualTo(without);
    }

    private double error(Tensor weight, String hocon) {
        return OperatorView.dense(quantize(weight, hocon), scope()).subtract(weight).abs()
                .map(value -> Math.pow(value, 2.4)).sum();
    }

    @Test
    void refusesSettingsThatDoNotGoTogether() {
        assertThatThrownBy(() -> make(Quantizer.class, "group = 0")).hasMessageContaining("group");
        assertThatThrownBy(() -> make(Quantizer.class, "clipSearch = true, convention = awq"))
                .hasMessageContaining("awq");
        assertThatThrownBy(() -> make(Quantizer.class, "scaleType = i8")).hasMessageContaining("scaleType");
    }
}
