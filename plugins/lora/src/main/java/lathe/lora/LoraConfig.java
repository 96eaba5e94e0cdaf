package lathe.lora;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Parameters of low-rank adaptation.
 *
 * @param r       rank of the product; a smaller side of the weight limits it
 * @param alpha   scale of the product: alpha / r, with rslora alpha / sqrt(r)
 * @param dropout share of the product's input that is dropped in training
 * @param init    how A starts: kaiming-uniform (up to 1 / sqrt(in)) or gaussian (deviation 1 / r); B starts at 0
 */
public record LoraConfig(
        @Default("8") @Range("[1, inf)") int r,
        @Default("8") @Range("(0, inf)") double alpha,
        @Default("0") @Range("[0, 1)") double dropout,
        @Default("kaiming-uniform") Init init) {
    /** How A starts. */
    public enum Init {
        /** Evenly between -1 / sqrt(in) and 1 / sqrt(in). */
        KAIMING_UNIFORM,
        /** Normally with the deviation 1 / r. */
        GAUSSIAN
    }
}
