package lathe.spi.weight;

import java.util.List;
import java.util.Optional;

import lathe.spi.Notes;
import lathe.spi.model.Site;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** One tensor in each of the models that are merged. */
public interface MergeScene extends Notes {
    /**
     * The tensor's name.
     *
     * @return the name of a site, of a vector such as {@code blocks.3.attention_norm}, or of a bias
     */
    String name();

    /**
     * Where the weight is.
     *
     * @return the site; empty for a vector or a bias
     */
    Optional<Site> site();

    /**
     * The tensor of each model, in the order of the node's {@code of}.
     *
     * @return float32 private copies of one shape
     */
    List<Tensor> tensors();

    /**
     * Where intermediate and returned tensors live; closed after the result has been stored.
     *
     * @return the scope of this call
     */
    Scope scope();
}
