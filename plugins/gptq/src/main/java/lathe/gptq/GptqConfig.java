package lathe.gptq;

import lathe.spi.Default;
import lathe.spi.Range;
import lathe.spi.tensor.DataType;

/**
 * Parameters of GPTQ.
 *
 * @param bits           bits of a code
 * @param group          inputs that share a scale; -1 for one a row
 * @param sym            symmetric grid with the zero point in the middle
 * @param percdamp       damping, as a fraction of the mean of the Hessian's diagonal
 * @param blocksize      columns corrected together; changes only rounding, unless parity is set
 * @param actOrder       visits columns by descending diagonal of the Hessian
 * @param staticGroups   fits all grids on the original weights before anything is rounded
 * @param clipSearch     shrinks each group's range to the least error
 * @param trueSequential re-runs the block after k, v, q and after o and after gate, up
 * @param scaleType      type in which scales are stored: F16, BF16 or F32
 * @param parity         fits a group that begins inside a column block on the weights as they were when the block began,
 *                       as the authors' code does, instead of on the current ones
 */
public record GptqConfig(
        @Default("4") @Range("[2, 8]") int bits,
        @Default("128") @Range("[-1, inf)") int group,
        @Default("false") boolean sym,
        @Default("0.01") @Range("[0, inf)") double percdamp,
        @Default("128") @Range("[1, inf)") int blocksize,
        @Default("false") boolean actOrder,
        @Default("false") boolean staticGroups,
        @Default("false") boolean clipSearch,
        @Default("false") boolean trueSequential,
        @Default("F16") DataType scaleType,
        @Default("false") boolean parity) {
    /** Checks the type of the scales. */
    public GptqConfig {
        scaleType.requireScale();
    }
}
