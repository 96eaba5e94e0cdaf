package lathe.models.exchange.layout;

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
}
