package lathe.testkit.golden;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import lathe.spi.numeric.RandomStream;
import lathe.spi.numeric.RandomStreams;
import lathe.spi.tensor.Tensor;
import lathe.testkit.scene.Numbers;

/**
 * The random numbers that a case brings: starts of iterations for keys and values of the prompt ({@code p0_k}, {@code p0_v})
 * and of each later block ({@code p0_k_blocks}, {@code p0_v_blocks}), in the order of their use. After them, and where a
 * case brings none, the engine's.
 */
final class GivenDraws implements RandomStream {
    private final double[] given;
    private final RandomStream rest;

    private GivenDraws(double[] given, RandomStream rest) {
        this.given = given;
        this.rest = rest;
    }

    static RandomStream of(GoldenCase golden, RandomStreams streams) {
        List<Tensor> draws = new ArrayList<>();
        if (compressesPrompt(golden)) {
            golden.find("p0_k").ifPresent(draws::add);
            golden.find("p0_v").ifPresent(draws::add);
        }
        golden.find("p0_k_blocks").ifPresent(keys -> {
            Tensor values = golden.input("p0_v_blocks");
            IntStream.range(0, keys.size(0)).forEach(block -> {
                draws.add(keys.row(block));
                draws.add(values.row(block));
            });
        });
        double[] given = draws.stream()
                .flatMapToDouble(draw -> Arrays.stream(Numbers.of(draw).values()))
                .toArray();
        return new GivenDraws(given, streams.stream("cache", 0));
    }

    /** A prompt shorter than a block stays as it is, and the draws that a case brings for it are left alone. */
    private static boolean compressesPrompt(GoldenCase golden) {
        Optional<Integer> block = golden.whole("n_b");
        return block.isEmpty() || golden.find("k").map(keys -> keys.size(1) >= block.get()).orElse(true);
    }

    @Override
    public long bits(long counter) {
        return rest.bits(counter);
    }

    @Override
    public double uniform(long counter) {
        return counter < given.length ? given[(int) counter] : rest.uniform(counter);
    }

    @Override
    public double normal(long counter) {
        return rest.normal(counter);
    }

    @Override
    public int below(long counter, int bound) {
        return rest.below(counter, bound);
    }
}
