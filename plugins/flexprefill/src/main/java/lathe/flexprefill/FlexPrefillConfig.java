package lathe.flexprefill;

import java.util.Optional;
import java.util.Set;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Parameters of FlexPrefill.
 *
 * @param gamma     share of the estimated attention that the chosen blocks cover; above 1 everything is read
 * @param tau       Jensen-Shannon distance below which a head trusts the means of blocks; 0 for never
 * @param minBudget tokens that each direction keeps at least; a block if it is not given (the authors' README takes 512)
 * @param maxBudget tokens that each direction keeps at most; no limit if it is not given
 * @param blockSize edge of a tile and number of probe queries: 16, 32, 64 or 128
 */
public record FlexPrefillConfig(
        @Default("0.9") @Range("(0, inf)") double gamma,
        @Default("0.1") @Range("[0, 1]") double tau,
        @Range("[1, inf)") Optional<Integer> minBudget,
        @Range("[1, inf)") Optional<Integer> maxBudget,
        @Default("128") int blockSize) {
    private static final Set<Integer> BLOCK_SIZES = Set.of(16, 32, 64, 128);

    /** Checks the edge of a tile and that there is room between the budgets. */
    public FlexPrefillConfig {
        if (!BLOCK_SIZES.contains(blockSize)) {
            throw new IllegalArgumentException(
                    "The edge of a tile is 16, 32, 64 or 128 tokens, not " + blockSize + ".");
        }
        if (maxBudget.isPresent() && minBudget.orElse(1) > maxBudget.get()) {
            throw new IllegalArgumentException("A direction cannot keep at least " + minBudget.get()
                    + " tokens and at most " + maxBudget.get() + "; minBudget is at most maxBudget.");
        }
    }

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
