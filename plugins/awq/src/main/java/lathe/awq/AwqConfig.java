package lathe.awq;

import lathe.spi.Default;
import lathe.spi.Range;
import lathe.spi.tensor.DataType;

/**
 * Parameters of AWQ.
 *
 * @param bits         bits of a code
 * @param group        inputs that share a scale; -1 for one a row
 * @param nGrid        exponents that the search of scales tries: 0, 1/nGrid, ..
 * @param clipGrid     steps from no clipping to clipping everything
 * @param maxShrink    part of those steps that the search of clips tries
 * @param sampleTokens least number of calibration tokens that judge a clip
 * @param clip         whether groups are clipped
 * @param scaleType    type in which scales are stored: F16, BF16 or F32
 */
public record AwqConfig(
        @Default("4") @Range("[2, 8]") int bits,
        @Default("128") @Range("[-1, inf)") int group,
        @Default("20") @Range("[1, inf)") int nGrid,
        @Default("20") @Range("[1, inf)") int clipGrid,
        @Default("0.5") @Range("(0, 1]") double maxShrink,
        @Default("512") @Range("[1, inf)") int sampleTokens,
        @Default("true") boolean clip,
        @Default("F16") DataType scaleType) {
    /** Checks the type of the scales. */
    public AwqConfig {
        scaleType.requireScale();
    }

    /** Inputs of a group in a weight with some columns. */
    int groupOf(int columns) {
        return group < 1 ? columns : Math.min(group, columns);
    }
}
