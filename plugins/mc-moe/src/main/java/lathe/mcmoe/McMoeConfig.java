package lathe.mcmoe;

import java.util.List;
import java.util.Optional;

import lathe.spi.Default;
import lathe.spi.Range;
import lathe.spi.tensor.DataType;

/**
 * Parameters of the quantizer.
 *
 * @param bits        bits of every weight, instead of an allocation
 * @param bitSet      bits that an expert may get, ascending
 * @param budget      mean bits of the experts of a block; the sum over its experts is cut to a whole number
 * @param allocation  which experts get many bits: those that matter, or for comparison any, as many in all
 * @param alpha       exponent of how often an expert is chosen
 * @param beta        exponent of the weight that it is given
 * @param gamma       exponent of the error that its rounding makes
 * @param attnBits    bits of weights that are no experts'
 * @param group       inputs that share a scale, and columns that are corrected together; -1 for whole rows
 * @param percdamp    damping, as a fraction of the mean of the Hessian's diagonal
 * @param searchRange part by which a group's range is widened and narrowed at most
 * @param searchN     steps of the search each way
 * @param norm        exponent of the error that the search minimises
 * @param parity      gives a group of zeros the range from -1 to 1, as the authors' code does, in which there is no zero
 * @param scaleType   type in which scales and zero points are stored: F16, BF16 or F32
 */
public record McMoeConfig(
        @Range("[1, 8]") Optional<Integer> bits,
        @Default("[1, 2, 3]") List<Integer> bitSet,
        @Default("2.5") @Range("[1, 8]") double budget,
        @Default("significance") BitShares allocation,
        @Default("1") @Range("[0, inf)") double alpha,
        @Default("1.5") @Range("[0, inf)") double beta,
        @Default("2") @Range("[0, inf)") double gamma,
        @Default("4") @Range("[1, 8]") int attnBits,
        @Default("128") @Range("[-1, inf)") int group,
        @Default("0.01") @Range("[0, inf)") double percdamp,
        @Default("0.1") @Range("[0, 1)") double searchRange,
        @Default("50") @Range("[0, inf)") int searchN,
        @Default("2.4") @Range("(0, inf)") double norm,
        @Default("false") boolean parity,
        @Default("F16") DataType scaleType) {
    /** What decides on the bits of an expert. */
    public enum BitShares {
        /** How often it is chosen, with what weight, and what its rounding costs. */
        SIGNIFICANCE,
        /** Chance. */
        RANDOM
    }

    /** Inputs of a group. */
    int groupOf(int columns) {
        return group < 1 ? columns : Math.min(group, columns);
    }

    /** Checks the bits. */
    public McMoeConfig {
        bitSet = List.copyOf(bitSet);
        scaleType.requireScale();
        if (bitSet.isEmpty()) {
            throw new IllegalArgumentException(
                    "bitSet names no bits that an expert may get; [1, 2, 3] would be right.");
        }
        for (int i = 0; i < bitSet.size(); i++) {
            if (bitSet.get(i) < 1 || bitSet.get(i) > 8 || i > 0 && bitSet.get(i) <= bitSet.get(i - 1)) {
                throw new IllegalArgumentException(
                        "Bits of experts are from 1 to 8 and ascend, such as [1, 2, 3], not " + bitSet + ".");
            }
        }
    }
}
