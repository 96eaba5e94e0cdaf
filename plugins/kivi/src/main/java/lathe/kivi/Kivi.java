package lathe.kivi;

import java.util.Optional;

import lathe.spi.Refusal;
import lathe.spi.kv.CacheContext;
import lathe.spi.kv.KvPolicy;
import lathe.spi.kv.KvStore;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;

/**
 * KIVI (arXiv 2402.02750; authors' code: jy-yuan/KIVI, models/llama_kivi.py and quant/new_pack.py). Keys are quantised
 * after RoPE, in groups of consecutive tokens of one channel; values in groups of consecutive channels of one token. A
 * step attends first, to the exact new token and what is stored, and packs afterwards.
 *
 * <p>Differences from the authors' code: arithmetic in float32 instead of float16; a constant group, 0/0 there, gets the
 * scale 1.
 */
final class Kivi implements KvPolicy {
    private final KiviConfig config;

    Kivi(KiviConfig config) {
        this.config = config;
    }

    @Override
    public KvStore open(LayerInfo layer, CacheContext context) {
        return new KiviStore(config, layer, context);
    }

    @Override
    public Optional<Refusal> refuses(ModelInfo model) {
        for (LayerInfo layer : model.layers()) {
            if (layer.valueDim() % config.group() != 0) {
                return Optional.of(Refusal.because("KIVI cuts values into groups of " + config.group()
                        + " channels, but a head of "
                        + model.name() + " has " + layer.valueDim() + "; a group that divides it would be right."));
            }
        }
        return Optional.empty();
    }
}
