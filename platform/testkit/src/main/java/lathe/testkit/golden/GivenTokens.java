package lathe.testkit.golden;

import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

import lathe.spi.numeric.RandomStream;
import lathe.spi.router.RoutingScene;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Tokens that a case brings to a router, with their draws. */
record GivenTokens(
        Tensor logits, Tensor hidden, int expertsPerToken, int[] sequenceLengths, boolean training, GoldenCase golden,
        RandomStream random, Scope scope, Findings findings) implements RoutingScene {
    private static final Map<String, String> INPUT_NAMES = Map.of("correction_bias", "bias");

    @Override
    public int block() {
        return 0;
    }

    @Override
    public Optional<Tensor> parameter(String name) {
        return golden.find(name).or(() -> golden.find(INPUT_NAMES.getOrDefault(name, name)));
    }

    @Override
    public Optional<int[]> tokenIds() {
        return golden.find("token_ids").map(Tensor::toInts);
    }

    @Override
    public Optional<Tensor> draws(String name) {
        return golden.find(name);
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
