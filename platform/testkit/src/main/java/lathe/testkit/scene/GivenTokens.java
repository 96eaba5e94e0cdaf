package lathe.testkit.scene;

import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

import lathe.spi.numeric.RandomStream;
import lathe.spi.router.Routing;
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
 * @param given           parameters and draws by name, {@code token_ids}, {@code padding} (1 for padding), and
 *                        {@code model_experts} and {@code model_weights}, what the model's own gate chooses
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
    public Optional<Routing> modelRouting() {
        return Optional.ofNullable(given.get("model_experts"))
                .map(experts -> Routing.of(experts, given.get("model_weights")));
    }

    @Override
    public Optional<boolean[]> padding() {
        return Optional.ofNullable(given.get("padding")).map(Tensor::toInts).map(GivenTokens::truths);
    }

    private static boolean[] truths(int[] numbers) {
        boolean[] truths = new boolean[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            truths[i] = numbers[i] != 0;
        }
        return truths;
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
