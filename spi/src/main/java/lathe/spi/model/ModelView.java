package lathe.spi.model;

import java.util.List;

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
}
