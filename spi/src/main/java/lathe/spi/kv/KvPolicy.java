package lathe.spi.kv;

import java.util.Optional;

import lathe.spi.Refusal;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;

/** Decides what a cache keeps, merges or stores in fewer bits. */
public interface KvPolicy {
    /**
     * Opens the cache of one layer of one sequence.
     *
     * @param layer   the layer
     * @param context memory and randomness
     * @return an empty store
     */
    KvStore open(LayerInfo layer, CacheContext context);

    /**
     * Whether the policy can do this model, asked at planning time.
     *
     * @param model the model's description
     * @return a reason why not, empty if it can
     */
    default Optional<Refusal> refuses(ModelInfo model) {
        return Optional.empty();
    }
}
