package lathe.testkit.golden;

import java.util.Optional;
import java.util.function.Supplier;

import lathe.spi.StageParameters;
import lathe.spi.StageScene;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.testkit.scene.Findings;

/**
 * A stage on the tensors of a case.
 *
 * @param golden   the case
 * @param scope    where tensors live
 * @param findings receives the results
 */
record GivenStage(GoldenCase golden, Scope scope, Findings findings) implements StageScene {
    @Override
    public Tensor input(String name) {
        return golden.input(name);
    }

    @Override
    public Optional<Tensor> find(String name) {
        return golden.find(name);
    }

    @Override
    public StageParameters parameters() {
        return new GivenParameters(golden);
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
