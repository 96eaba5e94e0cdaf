package lathe.tova;

import java.util.Optional;

import lathe.spi.Range;

/**
 * Parameters of TOVA.
 *
 * @param cacheSize tokens kept in each layer, in the prompt and at every step; without it the common ratio or budget
 *                  decides, and the newest token always stays
 */
public record TovaConfig(@Range("[1, inf)") Optional<Integer> cacheSize) {}
