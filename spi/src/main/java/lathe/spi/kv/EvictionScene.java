package lathe.spi.kv;

import java.util.Optional;

import lathe.spi.Notes;
import lathe.spi.attention.Phase;
import lathe.spi.model.LayerInfo;
import lathe.spi.numeric.RandomStream;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** The cache of one layer when tokens may go: all tokens are there, the newest last. */
public interface EvictionScene extends Notes {
    /**
     * The layer.
     *
     * @return heads, widths, scale
     */
    LayerInfo layer();

    /**
     * After which pass this is.
     *
     * @return prompt or new tokens
     */
    Phase phase();

    /**
     * Tokens of a head.
     *
     * @param kvHead which key/value head
     * @return n of that head
     */
    int tokens(int kvHead);

    /**
     * Positions of a head's tokens in the text.
     *
     * @param kvHead which key/value head
     * @return ascending
     */
    int[] positions(int kvHead);

    /**
     * Keys as stored (rotated).
     *
     * @return [kvHeads, n, headDim]; shorter heads are filled up with zeros
     */
    Tensor keys();

    /**
     * Values as stored.
     *
     * @return [kvHeads, n, valueDim]
     */
    Tensor values();

    /**
     * Queries of the pass, rotated.
     *
     * @return [heads, q, headDim]
     */
    Tensor queries();

    /**
     * Queries of the pass before rotation.
     *
     * @return [heads, q, headDim]
     */
    Tensor plainQueries();

    /**
     * Probabilities of the last queries of the pass.
     *
     * @return [heads, w, n], if asked for
     */
    Optional<Tensor> lastRows();

    /**
     * Sums of probabilities over all queries of this pass and of all passes before, for tokens that stayed; summed over
     * the query heads of each key/value head.
     *
     * @return [kvHeads, n], if column sums were asked for
     */
    Optional<Tensor> accumulated();

    /**
     * Tokens of the whole prompt.
     *
     * @return count, fixed for the sequence
     */
    int promptTokens();

    /**
     * The common settings.
     *
     * @return ratio or budget
     */
    Budget budget();

    /**
     * Random numbers of this layer, sequence and step.
     *
     * @return a stream
     */
    RandomStream random();

    /**
     * Where intermediate and returned tensors live.
     *
     * @return closed after the selection
     */
    Scope scope();
}
