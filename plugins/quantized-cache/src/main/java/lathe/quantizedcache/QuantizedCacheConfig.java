package lathe.quantizedcache;

import java.util.Optional;

import lathe.spi.Default;
import lathe.spi.Range;
import lathe.spi.tensor.DataType;

/**
 * Parameters of the quantised cache.
 *
 * @param bits      bits of a code, of keys and values
 * @param group     consecutive channels of a token that share a scale; without it all channels of a head
 * @param residual  newest tokens that stay exact
 * @param scaleType type in which scales and minima are stored: f16 or f32
 */
public record QuantizedCacheConfig(
        @Default("8") @Range("[1, 8]") int bits,
        @Range("[1, inf)") Optional<Integer> group,
        @Default("0") @Range("[0, inf)") int residual,
        @Default("f16") DataType scaleType) {
    /** Checks what ranges cannot say. */
    public QuantizedCacheConfig {
        if (scaleType != DataType.F16 && scaleType != DataType.F32) {
            throw new IllegalArgumentException("scaleType must be f16 or f32.");
        }
    }
}
