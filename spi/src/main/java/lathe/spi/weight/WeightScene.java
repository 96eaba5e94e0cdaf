package lathe.spi.weight;

import java.util.Optional;

import lathe.spi.Notes;
import lathe.spi.model.Site;
import lathe.spi.statistics.Statistics;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** One weight to be compressed, and what is known about it. */
public interface WeightScene extends Notes {
    /**
     * Where the weight is.
     *
     * @return the site
     */
    Site site();

    /**
     * The weight as it is now.
     *
     * @return [out, in] float32, contiguous; a private copy whose operations' results live in {@link #scope()}
     */
    Tensor weight();

    /**
     * The statistics that the method asked for.
     *
     * @return statistics of the weight's input
     */
    Statistics statistics();

    /**
     * What an earlier pruner left of the weight. A quantizer must keep its zeros.
     *
     * @return the mask, empty if nothing was pruned
     */
    Optional<Mask> kept();

    /**
     * The site's part of the whole-model budget, from {@link WeightMethod#allocate}.
     *
     * @return in the method's own unit; NaN if the method does not allocate
     */
    double share();

    /**
     * Where intermediate and returned tensors live; closed after the result has been stored.
     *
     * @return the scope of this call
     */
    Scope scope();
}
