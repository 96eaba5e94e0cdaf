package lathe.spi.kv;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * How many tokens an evictor may keep: keys that every evictor understands beside its own.
 *
 * @param compressionRatio fraction of the prompt's tokens that is removed; the product n*(1-ratio) is taken in double
 *                         precision and truncated
 * @param budget           tokens kept of each key/value head, instead of a ratio
 * @param whileDecoding    whether new tokens push old ones out; without it, only if a budget is given
 * @param rerotate         whether kept keys are rotated to positions without gaps
 */
public record Budget(
        @Default("0.0") @Range("[0, 1)") double compressionRatio,
        @Range("[1, inf)") Optional<Integer> budget,
        Optional<Boolean> whileDecoding,
        @Default("false") boolean rerotate) {
    /** Keeps everything. */
    public static final Budget FULL = new Budget(0, Optional.empty(), Optional.empty(), false);

    /** Checks the parts. */
    public Budget {
        requireNonNull(budget, "budget is null");
        requireNonNull(whileDecoding, "whileDecoding is null");
    }

    /**
     * Tokens kept of a prompt.
     *
     * @param tokens tokens of the prompt
     * @return the budget, or floor(tokens * (1 - ratio))
     */
    public int of(int tokens) {
        return budget.orElseGet(() -> (int) (tokens * (1 - compressionRatio)));
    }

    /**
     * Whether new tokens push old ones out.
     *
     * @return the setting, or whether an absolute budget is given
     */
    public boolean evictsWhileDecoding() {
        return whileDecoding.orElse(budget.isPresent());
    }
}
