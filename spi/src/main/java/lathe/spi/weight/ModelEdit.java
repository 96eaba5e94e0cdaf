package lathe.spi.weight;

import java.util.LinkedHashMap;
import java.util.Map;

import lathe.spi.model.Site;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.Tensor;

/**
 * A rewriting of a whole model that leaves its function as it is, such as a rotation of the residual stream; done before
 * the blocks are visited. What is not named stays.
 *
 * @param operators weights by site; a head of its own where it was the embedding
 * @param biases    biases of linears by site, [out]
 * @param vectors   other vectors by name, such as {@code blocks.3.attention_norm} and {@code final_norm}
 */
public record ModelEdit(Map<Site, LinearOperator> operators, Map<Site, Tensor> biases, Map<String, Tensor> vectors) {
    /** Copies the maps. */
    public ModelEdit {
        operators = Map.copyOf(operators);
        biases = Map.copyOf(biases);
        vectors = Map.copyOf(vectors);
    }

    /**
     * No change.
     *
     * @return an empty edit
     */
    public static ModelEdit none() {
        return new ModelEdit(Map.of(), Map.of(), Map.of());
    }

    /**
     * Whether nothing changes.
     *
     * @return true for an empty edit
     */
    public boolean isEmpty() {
        return operators.isEmpty() && biases.isEmpty() && vectors.isEmpty();
    }

    /** Collects an edit. */
    public static final class Builder {
        private final Map<Site, LinearOperator> operators = new LinkedHashMap<>();
        private final Map<Site, Tensor> biases = new LinkedHashMap<>();
        private final Map<String, Tensor> vectors = new LinkedHashMap<>();

        /**
         * Replaces a weight.
         *
         * @param site     which
         * @param operator by what
         */
        public void operator(Site site, LinearOperator operator) {
            operators.put(site, operator);
        }

        /**
         * Replaces a bias.
         *
         * @param site of which linear
         * @param bias [out]
         */
        public void bias(Site site, Tensor bias) {
            biases.put(site, bias);
        }

        /**
         * Replaces a vector.
         *
         * @param name   its full name
         * @param vector of the same length
         */
        public void vector(String name, Tensor vector) {
            vectors.put(name, vector);
        }

        /**
         * The edit.
         *
         * @return what was collected
         */
        public ModelEdit build() {
            return new ModelEdit(operators, biases, vectors);
        }
    }
}
