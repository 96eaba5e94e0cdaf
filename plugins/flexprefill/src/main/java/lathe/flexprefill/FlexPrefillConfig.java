package lathe.flexprefill;

import java.util.Optional;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Parameters of FlexPrefill.
 *
 * @param gamma     share of the estimated attention that the chosen blocks cover; above 1 everything is read
 * @param tau       Jensen-Shannon distance below which a head trusts the means of blocks; 0 for never
 * @param minBudget tokens that each direction keeps at least; a block if it is not given (the authors' README takes 512)
 * @param maxBudget tokens that each direction keeps at most; no limit if it is not given
 * @param blockSize edge of a tile and number of probe queries
 */
public record FlexPrefillConfig(
        @Default("0.9") @Range("(0, inf)") double gamma,
        @Default("0.1") @Range("[0, 1]") double tau,
        @Range("[1, inf)") Optional<Integer> minBudget,
        @Range("[1, inf)") Optional<Integer> maxBudget,
        @Default("128") @Range("[16, 128]") int blockSize) {
    int leastBlocks() {
        return blocks(minBudget.orElse(1));
    }

    int mostBlocks(int blocks) {
        return Math.min(maxBudget.map(this::blocks).orElse(blocks), blocks);
    }

    /** Up to this many tokens a prompt is read densely. */
    int shortPrompt() {
        return Math.max(2, leastBlocks()) * blockSize;
    }

    private int blocks(int tokens) {
        return Math.ceilDiv(tokens, blockSize);
    }
}
