package lathe.mxfp4;

import lathe.spi.Default;

/**
 * Parameters of MXFP4.
 *
 * @param scale floor: 2^(floor(log2 max|w|) - 2) as in the OCP specification, where numbers above 6 become 6; covering:
 *              the smallest power of two with which nothing is cut off
 */
public record Mxfp4Config(@Default("floor") Scale scale) {
    /** How the power of two of a block is chosen. */
    public enum Scale {
        /** As the specification says. */
        FLOOR,
        /** Large enough for the largest weight. */
        COVERING
    }
}
