package lathe.noisytopk;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Parameters of noisy top-k gating.
 *
 * @param noiseFloor  least standard deviation of the noise in training
 * @param wImportance coefficient of the importance loss in training
 * @param wLoad       coefficient of the load loss in training
 */
public record NoisyTopkConfig(
        @Default("0.01") @Range("(0, inf)") double noiseFloor,
        @Default("0.1") @Range("[0, inf)") double wImportance,
        @Default("0.1") @Range("[0, inf)") double wLoad) {}
