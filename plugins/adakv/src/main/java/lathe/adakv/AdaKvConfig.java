package lathe.adakv;

import lathe.spi.Default;
import lathe.spi.MethodChoice;
import lathe.spi.Range;

/**
 * Parameters of AdaKV.
 *
 * @param base           the evictor whose scores decide: an id, or an object with use = id and its parameters
 * @param alphaSafeguard part of the budget that every head gets in any case
 */
public record AdaKvConfig(
        @Default("snapkv") MethodChoice base, @Default("0.2") @Range("[0, 1]") double alphaSafeguard) {}
