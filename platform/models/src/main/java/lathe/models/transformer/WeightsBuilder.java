package lathe.models.transformer;

import static java.util.Objects.requireNonNull;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

import lathe.models.exchange.layout.InputRounding;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.Dense;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.Tensor;

/** A set of weights that is filled step by step before anybody sees it. */
public final class WeightsBuilder {
    private final SortedMap<Place, LinearOperator> operators = new TreeMap<>();
    private final SortedMap<Place, Tensor> biases = new TreeMap<>();
    private final Map<String, Tensor> vectors = new LinkedHashMap<>();
    private final SortedMap<Place, InputRounding> inputs = new TreeMap<>();
    private Optional<ExpertRouting> routing = Optional.empty();

    /**
     * Sets a linear.
     *
     * @param site     its place; the sizes are those of the operator
     * @param operator its stored form
     */
    public void operator(Site site, LinearOperator operator) {
        operator(Place.of(site), operator);
    }

    void operator(Place place, LinearOperator operator) {
        operators.put(place, requireNonNull(operator, "operator is null"));
    }

    /**
     * Rounds the input of a linear before the product.
     *
     * @param site     its place
     * @param rounding how
     */
    public void inputs(Site site, InputRounding rounding) {
        inputs(Place.of(site), rounding);
    }

    void inputs(Place place, InputRounding rounding) {
        inputs.put(place, requireNonNull(rounding, "rounding is null"));
    }

    /**
     * Sets the bias of a linear.
     *
     * @param site its place
     * @param bias [out]
     */
    public void bias(Site site, Tensor bias) {
        bias(Place.of(site), bias);
    }

    void bias(Place place, Tensor bias) {
        biases.put(place, requireNonNull(bias, "bias is null"));
    }

    /**
     * Sets a norm or another tensor that is no linear.
     *
     * @param name   such as {@code blocks.3.attention_norm}
     * @param vector the tensor
     */
    public void vector(String name, Tensor vector) {
        vectors.put(requireNonNull(name, "name is null"), requireNonNull(vector, "vector is null"));
    }

    /**
     * Says how carved experts are chosen.
     *
     * @param chosen the router method and the experts a token
     */
    public void routing(ExpertRouting chosen) {
        routing = Optional.of(chosen);
    }

    /**
     * The weights.
     *
     * @return the set
     * @throws IllegalStateException if there is no dense embedding
     */
    public ModelWeights build() {
        if (!(operators.get(Place.outside(Role.EMBEDDING)) instanceof Dense)) {
            throw new IllegalStateException("The weights have no embedding.");
        }
        return new ModelWeights(operators, biases, vectors, routing, inputs);
    }
}
