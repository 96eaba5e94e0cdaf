package lathe.spqr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;

import lathe.gptq.GptqPlugin;
import lathe.rtn.RtnPlugin;
import lathe.spi.Kind;
import lathe.spi.Plugin;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.Sum;
import lathe.spi.operator.TileQuantized;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.SparsityPattern;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.Quantizer;
import lathe.testkit.QuantizerContract;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenStatistics;
import lathe.testkit.scene.GivenWeight;
import lathe.testkit.scene.OperatorView;

class SpqrTest extends QuantizerContract {
    private static final int[] LENGTHS = {100, 60};

    private final Findings findings = new Findings();

    @Override
    protected Plugin plugin() {
        return new SpqrPlugin();
    }

    @Override
    protected List<Plugin> companions() {
        return List.of(new GptqPlugin(), new RtnPlugin());
    }

    /** Outliers, the order of inputs, and second-level grids of less than sixteen groups. */
    @Override
    protected long otherBytes(LinearOperator operator) {
        return operator.parts().entrySet().stream()
                .filter(part -> part.getKey().matches("1\\..*|.*(order|scale\\..*|zero\\..*)"))
                .mapToLong(part -> part.getValue().bytes())
                .sum();
    }

    private Tensor inputs(int columns) {
        Tensor mixed = normal("inputs", 160, columns).matmul(normal("mixing", columns, columns));
        return mixed.divide(Math.sqrt(columns)).scaleColumns(normal("sizes", columns).exp());
    }

    private LinearOperator quantize(Kind kind, String id, Tensor weight, Tensor inputs, Optional<Mask> kept,
            String hocon) {
        Site site = new Site(0, Role.QUERY, Site.NO_EXPERT, weight.size(0), weight.size(1));
        GivenStatistics statistics = GivenStatistics.of(site, inputs, LENGTHS, scope());
        return make(kind, id, Quantizer.class, hocon).quantize(
                new GivenWeight(site, weight.copy(), statistics, kept, scope(), findings));
    }

    private LinearOperator quantize(Tensor weight, String hocon) {
        return quantize(Kind.QUANTIZER, "spqr", weight, inputs(weight.size(1)), Optional.empty(), hocon);
    }

    private double error(LinearOperator operator, Tensor weight) {
        Tensor difference = OperatorView.dense(operator, scope()).subtract(weight);
        return inputs(weight.size(1)).matmulTransposed(difference).square().sum();
    }

    private double[] found(String name) {
        return findings.all().get(name).values();
    }

    @Test
    void takesTheBitsThatTheFormulaSays() {
        Tensor weight = normal("weight", 256, 512);
        LinearOperator operator = quantize(weight, "bits = 3, outlierThreshold = inf");
        // 3 + (3 + 3)/16 + 2*(16 + 16)/(16*16), and 16 bits an input for the order.
        assertThat(operator.bitsPerWeight()).isCloseTo(3.625 + 16.0 / 256, within(1e-9));
        LinearOperator sparse = quantize(weight, "bits = 3, outlierThreshold = 0.2");
        double share = found("outlier_value").length / (256.0 * 512);
        // An outlier takes its value and its column; a row of the sparse part 32 bits, and there is one row more.
        double expected = 3.625 + 16.0 / 256 + 32 * share + 32.0 * 257 / (256 * 512);
        assertThat(sparse.bitsPerWeight()).isCloseTo(expected, within(1e-9));
        assertThat(share).isBetween(0.001, 0.1);
    }

    @Test
    void sumsUpTheErrorThatTheDampedHessianMeasures() {
        Tensor weight = normal("weight", 48, 64);
        LinearOperator operator = quantize(weight, "bits = 3, scaleType = f32, permutation = identity");
        Tensor hessian = inputs(64).gram().multiply(2.0 / LENGTHS.length);
        double mean = 0;
        for (int j = 0; j < 64; j++) {
            mean += hessian.get(j, j) / 64;
        }
        for (int j = 0; j < 64; j++) {
            hessian.set(hessian.get(j, j) + mean, j, j);
        }
        Tensor difference = OperatorView.dense(operator, scope()).subtract(weight);
        double trace = difference.matmul(hessian).multiply(difference).sum();
        assertThat(found("error_sum")[0]).isCloseTo(trace, within(1e-3 * trace));
    }

    @Test
    void keepsMoreWeightsAsNumbersTheLowerTheThreshold() {
        Tensor weight = normal("weight", 64, 64);
        int before = 0;
        for (double threshold : new double[] {1, 0.4, 0.2, 0.1, 0.05}) {
            quantize(weight, "bits = 3, outlierThreshold = " + threshold);
            assertThat(found("outlier_value").length).as("threshold %s", threshold).isGreaterThan(before);
            before = found("outlier_value").length;
        }
    }

    @Test
    void findsPlantedOutliersAndHasThemExactly() {
        Tensor weight = normal("weight", 32, 64).multiply(0.05);
        for (int i = 0; i < 8; i++) {
            weight.set(i % 2 == 0 ? 0.6 : -0.6, 4 * i, 7 * i);
        }
        LinearOperator operator = quantize(weight, "bits = 3, scaleType = f32, permutation = identity");
        Tensor dense = OperatorView.dense(operator, scope());
        for (int i = 0; i < 8; i++) {
            assertThat(found("outlier_mask")[4 * i * 64 + 7 * i]).as("outlier %s", i).isEqualTo(1);
        }
        double[] places = found("outlier_index");
        for (int i = 0; i < places.length / 2; i++) {
            double value = dense.get((int) places[2 * i], (int) places[2 * i + 1]);
            assertThat(value).isCloseTo(found("outlier_value")[i], within(1e-6));
        }
    }

    @Test
    void equalsGptqWithoutOutliersAndSecondLevel() {
        // Every group spans 0, so that grids agree; zero points are whole.
        Tensor weight = normal("weight", 32, 64);
        String common = "bits = 4, group = 16, percdamp = 0.01, scaleType = f32";
        quantize(weight, common + ", outlierThreshold = inf, scaleBits = null, zeroBits = null, roundZero = true");
        LinearOperator gptq = quantize(Kind.QUANTIZER, "gptq", weight, inputs(64), Optional.empty(),
                common + ", actOrder = true");
        double[] codes = found("code").clone();
        int[] order = new int[64];
        for (int j = 0; j < 64; j++) {
            order[j] = (int) found("permutation")[j];
        }
        Tensor others = OperatorView.codes((lathe.spi.operator.GroupQuantized) gptq, scope());
        int different = 0;
        for (int i = 0; i < codes.length; i++) {
            different += codes[i] != others.get(i / 64, order[i % 64]) ? 1 : 0;
        }
        assertThat(different).isLessThanOrEqualTo(codes.length / 500);
    }

    @Test
    void isBetterThanGptqWhichIsBetterThanRounding() {
        Tensor weight = normal("weight", 64, 128).multiply(0.05);
        LinearOperator spqr = quantize(weight, "bits = 3");
        LinearOperator gptq = quantize(Kind.QUANTIZER, "gptq", weight, inputs(128), Optional.empty(),
                "bits = 3, group = 16");
        LinearOperator rtn = quantize(Kind.QUANTIZER, "rtn", weight, inputs(128), Optional.empty(),
                "bits = 3, group = 16");
        assertThat(error(spqr, weight)).isLessThan(error(gptq, weight));
        assertThat(error(gptq, weight)).isLessThan(error(rtn, weight));
    }

    @Test
    void hasAGroupOfEqualWeightsExactly() {
        Tensor weight = normal("weight", 32, 48);
        weight.slice(1, 16, 32).fill(-0.7);
        LinearOperator operator = quantize(weight,
                "bits = 3, permutation = identity, outlierThreshold = inf, percdamp = 1000000");
        assertThat(OperatorView.dense(operator, scope()).slice(1, 16, 32).copy().add(0.7).maxAbs()).isLessThan(5e-4);
    }

    @Test
    void keepsNoSecondLevelWhereTheWeightWasPruned() {
        Tensor weight = normal("weight", 32, 64);
        Mask mask = Mask.largestPerRow(weight.abs(), SparsityPattern.parse("2:4"), 0);
        LinearOperator operator = quantize(Kind.QUANTIZER, "spqr", mask.apply(weight), inputs(64), Optional.of(mask),
                "bits = 4");
        assertThat(operator.parts().keySet()).noneMatch(name -> name.contains("order"));
        assertThat(operator instanceof Sum sum ? sum.terms().getFirst() : operator)
                .isNotInstanceOf(TileQuantized.class);
    }

    @Test
    void refusesGroupsOfNothingAndScalesThatAreNoNumbers() {
        assertThatThrownBy(() -> make(Quantizer.class, "group = 0")).hasMessageContaining("-1 is for one group a row");
        assertThatThrownBy(() -> make(Quantizer.class, "scaleType = I8")).hasMessageContaining("F16, BF16 or F32");
    }
}
