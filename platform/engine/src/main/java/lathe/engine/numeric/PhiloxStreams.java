package lathe.engine.numeric;

import static java.util.Objects.requireNonNull;

import lathe.spi.numeric.RandomStream;
import lathe.spi.numeric.RandomStreams;

/**
 * The random streams of one node of an experiment.
 *
 * @param seed the experiment's seed
 * @param node the node's name
 */
public record PhiloxStreams(long seed, String node) implements RandomStreams {
    public PhiloxStreams {
        requireNonNull(node, "node is null");
    }

    @Override
    public RandomStream stream(String purpose, long index) {
        return Philox.named(seed, node, requireNonNull(purpose, "purpose is null"), index);
    }
}
