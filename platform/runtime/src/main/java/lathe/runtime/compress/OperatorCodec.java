package lathe.runtime.compress;

import java.util.Map;

import lathe.spi.LatheException;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** The stored forms of {@link lathe.models.exchange.stored.OperatorCodec}, as the runtime copies and reads them. */
public final class OperatorCodec {
    private OperatorCodec() {}

    /**
     * A copy in another scope, equal to the bit.
     *
     * @param operator any form; a custom one keeps its memory itself and is returned as it is
     * @param scope    where the tensors of the copy live
     * @return the copy
     */
    public static LinearOperator copy(LinearOperator operator, Scope scope) {
        return lathe.models.exchange.stored.OperatorCodec.copy(operator, scope);
    }

    /**
     * Whether an operator can be put together again from its parts.
     *
     * @param operator any form
     * @return false for custom forms and for masks of training, alone or inside another
     */
    public static boolean decodes(LinearOperator operator) {
        return lathe.models.exchange.stored.OperatorCodec.decodes(operator);
    }

    /**
     * Puts an operator together.
     *
     * @param form       its form
     * @param parts      its tensors by name
     * @param attributes what else it says
     * @return the operator
     * @throws LatheException if the form is not known, or something is missing or does not fit
     */
    public static LinearOperator decode(String form, Map<String, Tensor> parts, Map<String, String> attributes) {
        return lathe.models.exchange.stored.OperatorCodec.decode(form, parts, attributes);
    }
}
