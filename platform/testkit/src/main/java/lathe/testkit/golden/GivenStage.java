package lathe.testkit.golden;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueFactory;

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

    /** The case's parameters; {@code shapes} has the shapes of what is expected, where they say how long something runs. */
    @Override
    public Config parameters() {
        Map<String, List<Integer>> shapes = new HashMap<>();
        golden.expectations().forEach(expectation -> shapes.put(
                expectation.name(), Arrays.stream(expectation.values().shape()).boxed().toList()));
        return golden.parameters().withValue("shapes", ConfigValueFactory.fromMap(shapes));
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
