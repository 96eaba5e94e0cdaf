package lathe.kivi;

import lathe.spi.Default;
import lathe.spi.Range;
import lathe.spi.tensor.DataType;

/**
 * Parameters of KIVI.
 *
 * @param kBits      bits of a key's code
 * @param vBits      bits of a value's code
 * @param group      tokens that share a key's scale, and channels that share a value's
 * @param residual   newest tokens that stay exact, a multiple of the group; 0 packs values at once and keys in groups
 * @param scaleDtype type in which scales and minima are stored: F16 or F32
 */
public record KiviConfig(
        @Default("2") @Range("[1, 8]") int kBits,
        @Default("2") @Range("[1, 8]") int vBits,
        @Default("32") @Range("[1, inf)") int group,
        @Default("32") @Range("[0, inf)") int residual,
        @Default("F16") DataType scaleDtype) {
    /** Checks that groups fit the residual. */
    public KiviConfig {
        if (residual % group != 0) {
            throw new IllegalArgumentException(
                    "A residual of " + residual + " tokens cannot be cut into groups of " + group + ".");
        }
        if (scaleDtype != DataType.F16 && scaleDtype != DataType.F32) {
            throw new IllegalArgumentException("Scales are stored as F16 or F32, not " + scaleDtype + ".");
        }
    }

    /** Keys that are packed together. */
    int keyBlock() {
        return Math.max(residual, group);
    }
}
