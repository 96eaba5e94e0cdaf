package lathe.spi.tensor;

/**
 * How many of {@code n} scores go at a sparsity {@code s}, and which of equal ones. References differ by one element, so
 * a method names the rule that its authors' code follows.
 */
public enum CutRule {
    /** Exactly floor(s*n), the smallest first, equal ones by the lower index (stable sort): Wanda. */
    FLOOR,
    /** All scores not above the one at index floor(s*n) of the ascending order: one more than the floor, and more with
     *  ties: magnitude per matrix, SparseGPT. At s = 0 nothing goes, so that a sparsity of zero changes nothing. */
    UP_TO_THRESHOLD,
    /** Exactly s*n rounded half to even, the smallest first, equal ones by the lower index: oBERT. */
    ROUND_HALF_EVEN
}
