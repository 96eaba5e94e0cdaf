package lathe.spi.weight;

import java.util.List;
import java.util.Optional;

import lathe.spi.Notes;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;
import lathe.spi.model.Site;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** One block to be edited. */
public interface BlockScene extends Notes {
    /**
     * The model that the block belongs to.
     *
     * @return its description
     */
    ModelInfo model();

    /**
     * The block's attention.
     *
     * @return its description
     */
    LayerInfo layer();

    /**
     * The block's sites that the plan lets the method touch.
     *
     * @return in order of roles
     */
    List<Site> sites();

    /**
     * One of the block's weights with its statistics.
     *
     * @param site one of {@link #sites()}
     * @return the scene of that weight
     */
    WeightScene weight(Site site);

    /**
     * The bias of one of the block's linears.
     *
     * @param site one of {@link #sites()}
     * @return [out], a private copy, if it has one
     */
    Optional<Tensor> bias(Site site);

    /**
     * A vector of the block.
     *
     * @param name {@code attention_norm} or {@code ffn_norm}
     * @return a private copy
     */
    Tensor vector(String name);

    /**
     * Runs a part of the block with some weights and vectors replaced, on the calibration inputs of that part.
     *
     * @param part  which part
     * @param edit  replacements; an empty edit gives the block as it is
     * @param scope where the result lives
     * @return [tokens, hidden] outputs of all calibration sequences one after the other
     */
    Tensor run(Part part, BlockEdit edit, Scope scope);

    /**
     * Where intermediate and returned tensors live.
     *
     * @return the scope of this call
     */
    Scope scope();

    /** A part of a block that can be run alone, from the input of its norm to before the residual addition. */
    enum Part {
        /** Norm and attention. */
        ATTENTION,
        /** Norm and feed-forward network. */
        FEED_FORWARD,
        /** The whole block with its residual additions. */
        BLOCK
    }
}
