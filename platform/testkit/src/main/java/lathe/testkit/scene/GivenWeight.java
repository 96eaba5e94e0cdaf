package lathe.testkit.scene;

import java.util.Optional;
import java.util.function.Supplier;

import lathe.spi.model.Site;
import lathe.spi.statistics.Statistics;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.WeightScene;

/**
 * A single given weight.
 *
 * @param site       its place
 * @param weight     [out, in], which the method may overwrite
 * @param statistics of its input
 * @param kept       what an earlier pruner left
 * @param scope      where tensors live
 * @param findings   receives notes
 */
public record GivenWeight(Site site, Tensor weight, Statistics statistics, Optional<Mask> kept, Scope scope,
        Findings findings)
        implements
            WeightScene {
    @Override
    public double share() {
        return Double.NaN;
    }

    @Override
    public void note(String name, Tensor value) {
        findings.note(name, value);
    }

    @Override
    public void note(String name, double value) {
        findings.note(name, value);
    }

    @Override
    public void note(String name, Supplier<Tensor> value) {
        findings.note(name, value);
    }
}
