package lathe.spi.weight;

import java.util.Map;

import lathe.spi.model.Site;

/**
 * Every site's share of a whole-model budget: a sparsity, a number of bits, whatever the method calls it.
 *
 * @param shares one entry a site; sites without one get NaN
 */
public record Allocation(Map<Site, Double> shares) {
    /** Copies the shares. */
    public Allocation {
        shares = Map.copyOf(shares);
    }

    /**
     * No allocation: every site gets what the configuration says.
     *
     * @return an empty allocation
     */
    public static Allocation uniform() {
        return new Allocation(Map.of());
    }
}
