package lathe.fp8;

import lathe.spi.Default;
import lathe.spi.Range;
import lathe.spi.operator.SmallFloat;
import lathe.spi.tensor.DataType;

/**
 * Parameters of FP8.
 *
 * @param format    e4m3 (largest 448) or e5m2 (largest 57344)
 * @param scaling   what shares a scale: the whole tensor, an output channel, or a group of inputs of a channel
 * @param group     consecutive inputs of a group; only looked at with scaling = group
 * @param scaleType how scales of channels and groups are stored: f32, f16 or bf16
 */
public record Fp8Config(
        @Default("e4m3") Format format,
        @Default("channel") Scaling scaling,
        @Default("128") @Range("[1, 1048576]") int group,
        @Default("f32") DataType scaleType) {
    /** Numbers of eight bits. */
    public enum Format {
        /** Four bits of exponent. */
        E4M3,
        /** Five bits of exponent. */
        E5M2;

        SmallFloat numbers() {
            return this == E4M3 ? SmallFloat.E4M3 : SmallFloat.E5M2;
        }
    }

    /** What shares a scale. */
    public enum Scaling {
        /** The whole weight. */
        TENSOR,
        /** An output channel, which is a row. */
        CHANNEL,
        /** Some inputs of a row. */
        GROUP
    }

    /** Checks what ranges cannot say. */
    public Fp8Config {
        scaleType.requireScale();
    }
}
