package lathe.h2o;

import java.util.Optional;

import lathe.spi.Default;
import lathe.spi.Range;
import lathe.spi.kv.Budget;

/**
 * Parameters of H2O. The sizes are fixed by the prompt and stay the same while decoding.
 *
 * @param heavy       tokens kept for the attention they received, instead of heavyRatio
 * @param recent      last tokens kept, instead of recentRatio
 * @param heavyRatio  heavy tokens as a fraction of the prompt
 * @param recentRatio recent tokens as a fraction of the prompt
 */
public record H2oConfig(
        @Range("[0, inf)") Optional<Integer> heavy,
        @Range("[0, inf)") Optional<Integer> recent,
        @Default("0.1") @Range("[0, 1]") double heavyRatio,
        @Default("0.1") @Range("[0, 1]") double recentRatio) {
    /** Checks that something is kept. */
    public H2oConfig {
        if (heavy.orElse(1) + recent.orElse(1) < 1 || heavyRatio + recentRatio <= 0) {
            throw new IllegalArgumentException("h2o must keep something: heavy and recent are both 0.");
        }
    }

    /** Heavy and recent tokens of a cache; a common budget is divided as the two ratios are. */
    Sizes sizes(Budget budget, int promptTokens) {
        if (heavy.isEmpty() && recent.isEmpty() && (budget.budget().isPresent() || budget.compressionRatio() > 0)) {
            int all = budget.of(promptTokens);
            int heavyPart = (int) (all * (heavyRatio / (heavyRatio + recentRatio)));
            return new Sizes(heavyPart, all - heavyPart);
        }
        return new Sizes(
                heavy.orElse((int) (heavyRatio * promptTokens)), recent.orElse((int) (recentRatio * promptTokens)));
    }

    record Sizes(int heavy, int recent) {}
}
