package lathe.models.transformer;

import static java.util.Objects.requireNonNull;

import lathe.spi.MethodChoice;

/**
 * How the experts of a carved model are chosen: a carved network has no gate that was trained with it, so the model names
 * the router method that its tensors were made for.
 *
 * @param active routed experts that a token goes to
 * @param method the router
 */
public record ExpertRouting(int active, MethodChoice method) {
    /** Checks the parts. */
    public ExpertRouting {
        requireNonNull(method, "method is null");
        if (active < 1) {
            throw new IllegalArgumentException("A token goes to at least one expert, not to " + active + ".");
        }
    }
}
