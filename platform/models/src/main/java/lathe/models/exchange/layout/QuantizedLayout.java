package lathe.models.exchange.layout;

import java.util.Optional;

import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.Scope;

/** How an engine stores a quantised weight. */
interface QuantizedLayout {
    /**
     * Reads a weight.
     *
     * @param parts its tensors
     * @param out   rows of the weight
     * @param in    columns of the weight
     * @param scope where copies live
     * @return the weight, exactly as stored
     */
    LinearOperator read(Parts parts, int out, int in, Scope scope);

    /**
     * How the input of a weight is rounded before the product.
     *
     * @param module name of its module
     * @param parts  its tensors
     * @return the rounding, if the layout asks for one
     */
    default Optional<InputRounding> inputs(String module, Parts parts) {
        return Optional.empty();
    }
}
