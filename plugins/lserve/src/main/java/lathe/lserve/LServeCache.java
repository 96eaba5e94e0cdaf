package lathe.lserve;

import java.util.Optional;

import lathe.spi.Refusal;
import lathe.spi.kv.CacheContext;
import lathe.spi.kv.KvPolicy;
import lathe.spi.kv.KvStore;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;

/**
 * The cache of LServe (arXiv 2502.14866): streaming heads keep first and last tokens, the others everything. Numbers of few
 * bits have a scale a token and head, where the release has one a tensor.
 */
final class LServeCache implements KvPolicy {
    private final LServeCacheConfig config;
    private final HeadLabels labels;

    LServeCache(LServeCacheConfig config) {
        this.config = config;
        this.labels = config.labels();
    }

    @Override
    public KvStore open(LayerInfo layer, CacheContext context) {
        return new LServeStore(config, labels, layer, context);
    }

    @Override
    public Optional<Refusal> refuses(ModelInfo model) {
        return labels.refuses(model);
    }
}
