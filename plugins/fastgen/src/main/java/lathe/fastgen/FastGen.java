package lathe.fastgen;

import java.util.Optional;

import lathe.spi.Refusal;
import lathe.spi.kv.CacheContext;
import lathe.spi.kv.KvPolicy;
import lathe.spi.kv.KvStore;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;

/**
 * FastGen (arXiv 2310.01801; no code of the authors is public, the details are those of the reproduction
 * AnswerDotAI/cold-compress, cache.py). At the end of a prompt every head gets the cheapest policy that holds enough of its
 * attention; heads of a group share theirs, by the mean of their attention.
 *
 * <p>Differences from the reproduction: the first tokens of the text stay in every head (there those that an unstable sort
 * puts into the first slots); attention and its count restart whenever a token takes a slot (there a copy of them is reset,
 * so that a token inherits those of the one that went); {@code parity} does both as the reproduction. A token that is not
 * stored is seen by its own query (there it is hidden even from itself; the paper does not say). Several new tokens in one
 * step attend to all that is stored before any of them makes another go. Where whoever opens a sequence does not say how
 * many tokens will come, fractions go on being taken of the prompt's length; and one who does say counts all new tokens that
 * may come, so that a server without a limit stores as much as for the longest answer.
 */
final class FastGen implements KvPolicy {
    private final FastGenConfig config;

    FastGen(FastGenConfig config) {
        this.config = config;
    }

    @Override
    public KvStore open(LayerInfo layer, CacheContext context) {
        return new FastGenStore(config, layer, context);
    }

    @Override
    public Optional<Refusal> refuses(ModelInfo model) {
        int given = config.fixed().size();
        for (LayerInfo layer : model.layers()) {
            if (given > 1 && given != layer.kvHeads()) {
                return Optional.of(Refusal.because("FastGen is given " + given + " policies, but block " + layer.block()
                        + " of " + model.name() + " has " + layer.kvHeads()
                        + " key/value heads; one policy for all, or one each, would be right."));
            }
        }
        return Optional.empty();
    }
}
