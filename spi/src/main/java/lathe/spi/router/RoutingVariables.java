package lathe.spi.router;

import static java.util.Objects.requireNonNull;

import java.util.Map;

import lathe.spi.LatheException;
import lathe.spi.autograd.Variable;

/**
 * What a routing may depend on, on a tape.
 *
 * @param logits     [n, experts], the scene's
 * @param hidden     [n, hidden], the scene's
 * @param parameters tensors of the router by the names of {@link RoutingScene#parameter}, such as {@code router_weight}
 */
public record RoutingVariables(Variable logits, Variable hidden, Map<String, Variable> parameters) {
    /** Checks the parts. */
    public RoutingVariables {
        requireNonNull(logits, "logits is null");
        requireNonNull(hidden, "hidden is null");
        parameters = Map.copyOf(parameters);
    }

    /**
     * A tensor of the router.
     *
     * @param name as in {@link RoutingScene#parameter}
     * @return the variable
     * @throws LatheException if the model has none
     */
    public Variable parameter(String name) {
        Variable found = parameters.get(name);
        if (found == null) {
            throw new LatheException("A router cannot be trained without its parameter '" + name
                    + "', which the model does not have.");
        }
        return found;
    }
}
