package lathe.gear;

import java.util.Optional;

import lathe.spi.Default;
import lathe.spi.Range;
import lathe.spi.tensor.DataType;

/**
 * Parameters of GEAR.
 *
 * @param bits        bits of a code
 * @param group       tokens that share a key channel's scale and channels that share a value's; -1 for whole vectors (KCVT)
 * @param outliers    share of a vector that is kept exactly, half of it the largest and half the smallest; 0 for GEAR-L
 * @param prefillRank rank of the error of a prompt; 0 for none
 * @param rank        rank of the error of each later block; 0 for none
 * @param block       tokens that are packed together while decoding, a multiple of the group; at least 64 if not given
 * @param loop        sweeps of the power iteration
 * @param vGroupScope whether a group of channels of a value may span heads: joined or head
 * @param scaleType   type in which scales, minima, outliers and low-rank factors are stored: F16 or F32
 */
public record GearConfig(
        @Default("2") @Range("[1, 8]") int bits,
        @Default("64") @Range("[-1, inf)") int group,
        @Default("0.02") @Range("[0, 0.5]") double outliers,
        @Default("4") @Range("[0, inf)") int prefillRank,
        @Default("2") @Range("[0, inf)") int rank,
        @Range("[1, inf)") Optional<Integer> block,
        @Default("3") @Range("[1, inf)") int loop,
        @Default("joined") GroupScope vGroupScope,
        @Default("F16") DataType scaleType) {
    private static final int LEAST_BLOCK = 64;

    /** Where the groups of a token's value lie. */
    public enum GroupScope {
        /** The channels of all heads are one row. */
        JOINED,
        /** Each head has groups of its own. */
        HEAD
    }

    /** Checks that groups fill the blocks. */
    public GearConfig {
        if (group == 0 || group > 0 && block.isPresent() && block.get() % group != 0) {
            throw new IllegalArgumentException(
                    "A block of " + block.orElse(LEAST_BLOCK) + " tokens cannot be cut into groups of " + group + ".");
        }
        if (scaleType != DataType.F16 && scaleType != DataType.F32) {
            throw new IllegalArgumentException("Scales are stored as F16 or F32, not " + scaleType + ".");
        }
    }

    /** Tokens that are packed together. */
    int blockTokens() {
        return block.orElse(group < 0 ? LEAST_BLOCK : Math.ceilDiv(LEAST_BLOCK, group) * group);
    }

    /** Numbers of a group in a vector. */
    int groupOf(int length) {
        return group < 0 ? length : group;
    }
}
