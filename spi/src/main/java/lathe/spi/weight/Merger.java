package lathe.spi.weight;

import java.util.Optional;

import lathe.spi.Refusal;
import lathe.spi.model.ModelInfo;
import lathe.spi.tensor.Tensor;

/** Makes one model of several of the same shape, tensor by tensor, in the space of weights. */
public interface Merger {
    /**
     * Merges one tensor.
     *
     * @param scene the tensor in every model
     * @return float32 of the same shape
     */
    Tensor merge(MergeScene scene);

    /**
     * Models that it can merge.
     *
     * @return at least this many, 2 by default
     */
    default int fewest() {
        return 2;
    }

    /**
     * Whether the method can do these models, asked at planning time.
     *
     * @param model the description of the first
     * @return a reason why not, empty if it can
     */
    default Optional<Refusal> refuses(ModelInfo model) {
        return Optional.empty();
    }
}
