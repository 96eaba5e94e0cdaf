package lathe.gear;

import java.util.Optional;

import lathe.gear.GearConfig.GroupScope;
import lathe.spi.Refusal;
import lathe.spi.Services;
import lathe.spi.kv.CacheContext;
import lathe.spi.kv.KvPolicy;
import lathe.spi.kv.KvStore;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;

/**
 * GEAR (arXiv 2403.05527; authors' code: HaoKang-Timmy/GEAR, Simulated/compress_function.py). A block of keys or values is
 * D + S + L: codes of few bits, outliers that were taken out before, and a low-rank form of what is left of the error, a head
 * at a time. An outlier is stored as what its code misses of it, in the type of the scales: exact with float32 (the golden
 * cases), rounded to about three digits of that difference with 16 bits. A step attends first and packs afterwards; the
 * prompt attends exactly.
 *
 * <p>As the paper reads, not as the simulation does: 2^b - 1 steps for every number of bits, outliers of a key channel
 * counted from its tokens, the error taken in float32 before anything is rounded, and a packed block is never touched again.
 * A prompt that comes in chunks is packed when it is complete.
 */
final class Gear implements KvPolicy {
    private final GearConfig config;

    Gear(GearConfig config, Services services) {
        this.config = config;
    }

    @Override
    public KvStore open(LayerInfo layer, CacheContext context) {
        return new GearStore(config, layer, context);
    }

    @Override
    public Optional<Refusal> refuses(ModelInfo model) {
        for (LayerInfo layer : model.layers()) {
            boolean joined = config.vGroupScope() == GroupScope.JOINED;
            int channels = joined ? layer.kvHeads() * layer.valueDim() : layer.valueDim();
            if (channels % config.groupOf(channels) != 0) {
                return Optional.of(Refusal.because("GEAR cuts values into groups of " + config.group()
                        + " channels, but " + (joined ? "a token" : "a head") + " of " + model.name() + " has "
                        + channels + "; a group that divides it would be right."));
            }
        }
        return Optional.empty();
    }
}
