package lathe.spi.weight;

import java.util.LinkedHashMap;
import java.util.Map;

import lathe.spi.model.Site;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.Tensor;

/**
 * The new contents of a block; what is not named stays. Widths may shrink if they do so together (q, k, v, o by whole
 * key/value groups; gate, up, down by neurons); the platform checks that and adjusts head counts.
 *
 * @param operators weights by site
 * @param biases    biases of linears by site, [out]
 * @param vectors   other vectors by name ({@code attention_norm}, {@code ffn_norm})
 */
public record BlockEdit(Map<Site, LinearOperator> operators, Map<Site, Tensor> biases, Map<String, Tensor> vectors) {
    /** Copies the maps. */
    public BlockEdit {
        operators = Map.copyOf(operators);
        biases = Map.copyOf(biases);
        vectors = Map.copyOf(vectors);
    }

    /**
     * No change.
     *
     * @return an empty edit
     */
    public static BlockEdit none() {
        return new BlockEdit(Map.of(), Map.of(), Map.of());
    }

    /**
     * Replaces one more weight.
     *
     * @param site     which
     * @param operator by what
     * @return a copy with the replacement
     */
    public BlockEdit with(Site site, LinearOperator operator) {
        Map<Site, LinearOperator> more = new LinkedHashMap<>(operators);
        more.put(site, operator);
        return new BlockEdit(more, biases, vectors);
    }

    /**
     * Sets the bias of a linear.
     *
     * @param site which
     * @param bias [out]
     * @return a copy with the bias
     */
    public BlockEdit withBias(Site site, Tensor bias) {
        Map<Site, Tensor> more = new LinkedHashMap<>(biases);
        more.put(site, bias);
        return new BlockEdit(operators, more, vectors);
    }

    /**
     * Replaces a vector.
     *
     * @param name   {@code attention_norm} or {@code ffn_norm}
     * @param vector of the same length
     * @return a copy with the replacement
     */
    public BlockEdit withVector(String name, Tensor vector) {
        Map<String, Tensor> more = new LinkedHashMap<>(vectors);
        more.put(name, vector);
        return new BlockEdit(operators, biases, more);
    }
}
