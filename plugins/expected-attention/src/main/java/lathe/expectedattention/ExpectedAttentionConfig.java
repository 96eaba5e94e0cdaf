package lathe.expectedattention;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Parameters of expected attention.
 *
 * @param nFuturePositions positions after the prompt over which the rotation is averaged
 * @param nSink            first tokens that always stay and whose queries are not counted
 * @param useCovariance    whether the spread of the queries counts beside their mean
 * @param useVnorm         whether the expected weight is multiplied by the norm of the value
 * @param epsilon          added to the weight before that
 */
public record ExpectedAttentionConfig(
        @Default("512") @Range("[1, inf)") int nFuturePositions,
        @Default("4") @Range("[0, inf)") int nSink,
        @Default("true") boolean useCovariance,
        @Default("true") boolean useVnorm,
        @Default("0.0") @Range("[0, inf)") double epsilon) {}
