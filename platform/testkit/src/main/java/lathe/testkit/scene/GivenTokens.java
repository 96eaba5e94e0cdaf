package lathe.testkit.scene;

import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

import lathe.spi.numeric.RandomStream;
import lathe.spi.router.RoutingScene;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Given tokens that look for experts.
 *
 * @param logits          [n, experts]
 * @param hidden          [n, hidden]
 * @param expertsPerToken k of the model
 * @param sequenceLengths tokens of each sequence
 * @param training        whether the router is trained
 * @param given           parameters and draws by name, and {@code token_ids}
 * @param random          a stream
 * @param scope           where tensors live
 * @param findings        receives notes
 */
public record GivenTokens(
        Tensor logits, Tensor hidden, int expertsPerToken, int[] sequenceLengths, boolean training,
        Map<String, Tensor> given, RandomStream random, Scope scope, Findings findings) implements RoutingScene {
    @Override
    public int block() {
        return 0;
    }

    @Override
    public Optional<Tensor> parameter(String name) {
        return Optional.ofNullable(given.get(name));
    }

    @Override
    public Optional<int[]> tokenIds() {
        return Optional.ofNullable(given.get("token_ids")).map(Tensor::toInts);
    }

    @Override
    public Optional<Tensor> draws(String name) {
        return Optional.ofNullable(given.get(name));
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
