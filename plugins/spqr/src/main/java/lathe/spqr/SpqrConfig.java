package lathe.spqr;

import java.util.Optional;

import lathe.spi.Default;
import lathe.spi.Range;
import lathe.spi.tensor.DataType;

/**
 * Parameters of SpQR.
 *
 * @param bits               bits of a code
 * @param group              inputs that share a scale; -1 for one a row
 * @param scaleBits          bits of the codes of scales; null for scales as numbers
 * @param zeroBits           bits of the codes of zero points; null for zero points as numbers
 * @param secondGroup        output rows whose scales (and zero points) of one group of inputs share a second-level grid
 * @param outlierThreshold   weights whose rounding costs more than this many times the weights' own spread are kept as
 *                           numbers: lower means more of them; inf keeps none
 * @param percdamp           damping, as a fraction of the mean of the Hessian's diagonal
 * @param permutation        order of the inputs: by descending diagonal of the Hessian, as they are, or each next to the
 *                           one that ranks the rows most alike
 * @param roundZero          whole zero points; they get codes only if these are shorter than those of weights
 * @param simplifiedOutliers fits grids to all weights of a group, without looking for outliers before
 * @param blocksize          columns corrected together; changes only rounding
 * @param trueSequential     re-runs the block after k, v, q and after o and after gate, up
 * @param scaleType          type of outliers and of second-level scales and zero points: F16, BF16 or F32
 * @param parity             gives a group of equal weights, or a run of equal scales, the range from -1 to 1, as the
 *                           authors' code does, instead of a grid that has the value exactly
 */
public record SpqrConfig(
        @Default("4") @Range("[1, 8]") int bits,
        @Default("16") @Range("[-1, inf)") int group,
        @Default("3") @Range("[1, 8]") Optional<Integer> scaleBits,
        @Default("3") @Range("[1, 8]") Optional<Integer> zeroBits,
        @Default("16") @Range("[1, inf)") int secondGroup,
        @Default("0.2") @Range("[0, inf]") double outlierThreshold,
        @Default("1") @Range("[0, inf)") double percdamp,
        @Default("act-order") Permutation permutation,
        @Default("false") boolean roundZero,
        @Default("false") boolean simplifiedOutliers,
        @Default("128") @Range("[1, inf)") int blocksize,
        @Default("false") boolean trueSequential,
        @Default("F16") DataType scaleType,
        @Default("false") boolean parity) {
    /** Checks the size of groups and the type of scales. */
    public SpqrConfig {
        if (group == 0) {
            throw new IllegalArgumentException("group = 0 holds no inputs: -1 is for one group a row.");
        }
        scaleType.requireScale();
    }

    /** Order of the inputs. */
    public enum Permutation {
        /** By descending diagonal of the Hessian. */
        ACT_ORDER,
        /** As they are. */
        IDENTITY,
        /** Each next to the most similar of those that are left, by the correlation of ranks. */
        SPEARMAN
    }

    /** Whether weights are looked at one by one before a grid is fitted. */
    boolean leavesOut() {
        return !simplifiedOutliers && outlierThreshold < Double.POSITIVE_INFINITY;
    }

    /** Whole zero points that their codes would not shorten stay numbers. */
    Optional<Integer> zeroCodeBits() {
        return zeroBits.filter(b -> !roundZero || b < bits);
    }
}
