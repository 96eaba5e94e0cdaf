package lathe.spi.model;

import java.util.List;
import java.util.Optional;

import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** A model's weights to look at. */
public interface ModelView {
    /**
     * Sizes and abilities.
     *
     * @return the model's description
     */
    ModelInfo info();

    /**
     * The sites that the plan lets a method touch, in order of blocks and roles.
     *
     * @return after {@code targets} and {@code ignore}
     */
    List<Site> sites();

    /**
     * A weight in its stored form.
     *
     * @param site one of the model's sites
     * @return the operator, owned by the model
     */
    LinearOperator operator(Site site);

    /**
     * A weight as numbers.
     *
     * @param site  one of the model's sites
     * @param scope where the result lives
     * @return [out, in], F32 or the type it is stored in
     */
    Tensor weight(Site site, Scope scope);

    /**
     * The bias of a linear.
     *
     * @param site  one of the model's sites
     * @param scope where the result lives
     * @return [out] in float32, if it has one
     */
    default Optional<Tensor> bias(Site site, Scope scope) {
        return Optional.empty();
    }

    /**
     * A norm or another tensor that is no linear.
     *
     * @param name  such as {@code blocks.3.attention_norm} or {@code final_norm}
     * @param scope where the result lives
     * @return in float32, if it is there
     */
    default Optional<Tensor> vector(String name, Scope scope) {
        return Optional.empty();
    }
}
