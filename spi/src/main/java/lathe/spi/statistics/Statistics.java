package lathe.spi.statistics;

import lathe.spi.tensor.Tensor;

/** The statistics of one site's input. */
public interface Statistics {
    /**
     * A statistic that was asked for.
     *
     * @param key one of the method's requirements
     * @return the tensor, whose operations' results live in the scene's scope
     * @throws IllegalArgumentException if the method did not ask for it
     */
    Tensor get(StatisticKey key);

    /**
     * Calibration tokens that reached the site (of an expert: those routed to it).
     *
     * @return count
     */
    long tokens();

    /**
     * Calibration sequences with at least one token here.
     *
     * @return count
     */
    int sequences();
}
