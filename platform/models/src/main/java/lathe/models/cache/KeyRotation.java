package lathe.models.cache;

import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Tensor;

/** Rotates positions into keys. */
@FunctionalInterface
public interface KeyRotation {
    /**
     * Rotates in place.
     *
     * @param layer     frequencies
     * @param keys      [1, n, headDim] float32
     * @param positions [n]
     */
    void rotate(LayerInfo layer, Tensor keys, int[] positions);
}
