package lathe.spi.weight;

import lathe.spi.model.Site;
import lathe.spi.statistics.Statistics;

/** Statistics of all sites of the dense model, for whole-model decisions. */
@FunctionalInterface
public interface ModelStatistics {
    /**
     * Statistics of one site.
     *
     * @param site one of the model's sites
     * @return its input's statistics
     */
    Statistics of(Site site);
}
