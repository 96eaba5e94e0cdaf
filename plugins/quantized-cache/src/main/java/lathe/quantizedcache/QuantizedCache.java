package lathe.quantizedcache;

import java.util.Optional;

import lathe.spi.Refusal;
import lathe.spi.kv.CacheContext;
import lathe.spi.kv.KvPolicy;
import lathe.spi.kv.KvStore;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;

/**
 * All tokens in few bits, keys and values alike, each token by itself as it joins: with lo and hi the smallest and largest
 * number of a group of its channels, scale = (hi - lo) / (2^b - 1), code = round((x - lo) / scale), halves to even (the
 * group-wise form of FlexGen, arXiv 2303.06865, section 5). Keys are rounded after their positions were rotated in.
 */
final class QuantizedCache implements KvPolicy {
    private final QuantizedCacheConfig config;

    QuantizedCache(QuantizedCacheConfig config) {
        this.config = config;
    }

    @Override
    public KvStore open(LayerInfo layer, CacheContext context) {
        return new QuantizedStore(config, layer, context);
    }

    @Override
    public Optional<Refusal> refuses(ModelInfo model) {
        for (LayerInfo layer : model.layers()) {
            for (int width : new int[] {layer.headDim(), layer.valueDim()}) {
                if (config.group().filter(group -> width % group != 0).isPresent()) {
                    return Optional.of(Refusal.because("The quantised cache cuts tokens into groups of "
                            + config.group().get() + " channels, but a head of " + model.name() + " has " + width
                            + "; a group that divides it would be right."));
                }
            }
        }
        return Optional.empty();
    }
}
