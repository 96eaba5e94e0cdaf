package lathe.rtn;

import lathe.spi.Default;
import lathe.spi.Range;
import lathe.spi.tensor.DataType;
import lathe.spi.weight.UniformGrid.ClipSearch;
import lathe.spi.weight.UniformGrid.Convention;

/**
 * Parameters of round to nearest.
 *
 * @param bits          bits of a code
 * @param group         consecutive inputs of an output row that share a scale; -1 for whole rows
 * @param convention    how the grid is laid: asymmetric (holds 0, rounded zero point), symmetric (zero point
 *                      2^(bits-1)), awq (range not extended to 0) or signed (scale max|w|/(2^(bits-1)-1))
 * @param clipSearch    whether a smaller range is searched that makes the error of the group smaller
 * @param clipNorm      exponent of that error
 * @param clipGrid      steps that the whole range is divided into
 * @param clipMaxShrink fraction of the range up to which it is shrunk
 * @param scaleType     how scales are stored: f16, bf16 or f32
 */
public record RtnConfig(
        @Default("4") @Range("[2, 8]") int bits,
        @Default("128") @Range("[-1, 1048576]") int group,
        @Default("asymmetric") Convention convention,
        @Default("false") boolean clipSearch,
        @Default("2.4") @Range("(0, 8]") double clipNorm,
        @Default("100") @Range("[1, 10000]") int clipGrid,
        @Default("0.8") @Range("(0, 1)") double clipMaxShrink,
        @Default("f16") DataType scaleType) {
    /** Checks what ranges cannot say. */
    public RtnConfig {
        if (group == 0) {
            throw new IllegalArgumentException("group must be at least 1, or -1 for whole rows.");
        }
        if (clipSearch && convention == Convention.AWQ) {
            throw new IllegalArgumentException(
                    "clipSearch is not made for the awq convention, whose ranges are searched"
                            + " with activations: use quantize = awq, or another convention.");
        }
        scaleType.requireScale();
    }

    ClipSearch search() {
        return new ClipSearch(clipNorm, clipGrid, clipMaxShrink);
    }

    boolean hasConstantZero() {
        return convention == Convention.SYMMETRIC || convention == Convention.SIGNED;
    }
}
