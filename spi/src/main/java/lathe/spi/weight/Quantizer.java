package lathe.spi.weight;

import lathe.spi.operator.LinearOperator;

/**
 * Decides codes, scales, bit widths and outliers of a weight.
 *
 * <p>If the scene has a mask, the result's entries outside it are dropped by the platform: codes of a {@code
 * GroupQuantized} become the values of a sparse form with packed values.
 */
public interface Quantizer extends WeightMethod {
    /**
     * Quantizes one weight. Called for the sites in order of blocks; calls for sites that share an input may be parallel.
     *
     * @param scene the weight and what is known about it
     * @return the stored form
     */
    LinearOperator quantize(WeightScene scene);
}
