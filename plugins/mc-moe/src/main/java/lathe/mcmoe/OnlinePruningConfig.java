package lathe.mcmoe;

import java.util.List;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Parameters of the router.
 *
 * @param mu      a second expert is left out if its weight is below this part of the first's; one number for all blocks, or
 *                one each
 * @param layers  blocks in which experts are left out; all if empty
 * @param tauHigh share of a prompt's tokens, the most important, that keep both experts
 * @param tauLow  share of a prompt's tokens, the least important, that no expert sees
 */
public record OnlinePruningConfig(
        @Default("[0.5]") List<Double> mu,
        @Default("[]") List<Integer> layers,
        @Default("0.02") @Range("[0, 1]") double tauHigh,
        @Default("0.0") @Range("[0, 1)") double tauLow) {
    /** Checks the ratios and that no token is among the most and the least important. */
    public OnlinePruningConfig {
        mu = List.copyOf(mu);
        layers = List.copyOf(layers);
        if (mu.isEmpty() || mu.stream().anyMatch(ratio -> !(ratio >= 0))) {
            throw new IllegalArgumentException("mu is a number from 0 on, or one for every block.");
        }
        if (tauHigh + tauLow > 1) {
            throw new IllegalArgumentException("tauHigh = " + tauHigh + " and tauLow = " + tauLow
                    + " are shares of the same tokens; together they are at most 1.");
        }
    }

    boolean isActive(int block) {
        return layers.isEmpty() || layers.contains(block);
    }

    double mu(int block) {
        return mu.size() == 1 ? mu.getFirst() : mu.get(Math.min(block, mu.size() - 1));
    }
}
