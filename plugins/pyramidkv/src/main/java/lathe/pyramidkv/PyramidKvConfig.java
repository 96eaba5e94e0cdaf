package lathe.pyramidkv;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Parameters of PyramidKV.
 *
 * @param window  last queries of the prompt whose attention is looked at
 * @param kernel  tokens that smooth a score: an odd number
 * @param pooling how: avg or max
 * @param beta    how steep: the last layer keeps 1/beta of the mean budget
 */
public record PyramidKvConfig(
        @Default("64") @Range("[1, inf)") int window,
        @Default("5") @Range("[1, inf)") int kernel,
        @Default("avg") String pooling,
        @Default("20") @Range("[1, inf)") double beta) {}
