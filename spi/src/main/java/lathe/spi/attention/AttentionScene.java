package lathe.spi.attention;

import lathe.spi.Notes;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** The attention of one layer in one forward pass, before it is computed. Everything is read-only and dead after the call. */
public interface AttentionScene extends Notes {
    /**
     * The layer.
     *
     * @return heads, widths, scale
     */
    LayerInfo layer();

    /**
     * What the pass is for.
     *
     * @return prefill or decode
     */
    Phase phase();

    /**
     * Queries with their positions rotated in.
     *
     * @return [h, n, headDim]
     */
    Tensor queries();

    /**
     * All keys of the sequence, stored ones first. A stored form is turned to float32 on the first call.
     *
     * @return [kvHeads, m, headDim]; heads of which fewer are stored are filled up with zeros at the end
     */
    Tensor keys();

    /**
     * Keys of the pass alone, exact whatever the cache stores.
     *
     * @return [kvHeads, n, headDim]
     */
    default Tensor newKeys() {
        Tensor all = keys();
        int tokens = queryPositions().length;
        Tensor latest = scope().zeros(layer().kvHeads(), tokens, layer().headDim());
        for (int head = 0; head < layer().kvHeads(); head++) {
            int count = keyCount(head);
            latest.row(head).assign(all.row(head).slice(0, count - tokens, count));
        }
        return latest;
    }

    /**
     * All values of the sequence, in the order of the keys.
     *
     * @return [kvHeads, m, valueDim]
     */
    Tensor values();

    /**
     * Keys of a head.
     *
     * @param kvHead which key/value head
     * @return how many of {@link #keys()} are real
     */
    int keyCount(int kvHead);

    /**
     * Positions of a head's keys.
     *
     * @param kvHead which key/value head
     * @return ascending, as many as there are keys
     */
    int[] keyPositions(int kvHead);

    /**
     * Positions of the queries.
     *
     * @return [n], ascending
     */
    int[] queryPositions();

    /**
     * Whether queries may read later keys.
     *
     * @return true in ordinary language models
     */
    boolean causal();

    /**
     * Softmax probabilities of the last queries over all keys, causal, with the layer's scale and cap.
     *
     * @param head    query head
     * @param lastRow number of queries from the end
     * @return [lastRow, m]
     */
    Tensor rowProbabilities(int head, int lastRow);

    /**
     * The {@link #rowProbabilities} of the last queries summed up by key and by distance, without keeping them.
     *
     * @param head    query head
     * @param lastRow number of queries from the end
     * @return sums over these queries
     */
    default LineMass lineMass(int head, int lastRow) {
        return LineMass.of(rowProbabilities(head, lastRow), keyCount(head / layer().groupSize()));
    }

    /**
     * Products of block means: mean query of a block times mean key of a block, with the layer's scale and cap, not
     * causal.
     *
     * @param head       query head
     * @param queryBlock queries of a block
     * @param keyBlock   keys of a block
     * @return [ceil(n/queryBlock), ceil(m/keyBlock)]
     */
    Tensor blockScores(int head, int queryBlock, int keyBlock);

    /**
     * Where intermediate tensors live.
     *
     * @return a scope closed after the plan has been executed
     */
    Scope scope();
}
