package lathe.spi.router;

/**
 * A router that can be trained: it says how weights and losses follow from logits, inputs and parameters, with the choice
 * of experts as it is. Routers for inference alone do without.
 */
public interface TrainableRouter extends Router {
    /**
     * The smooth part of a routing. Gradient estimators are operations of the router's own on the tape.
     *
     * @param variables what it depends on, with the values of the scene
     * @param scene     the same scene that was routed; its random numbers are the same
     * @param chosen    what {@link #route} gave
     * @return weights with the values of {@code chosen}, and losses
     */
    RoutingGraph differentiate(RoutingVariables variables, RoutingScene scene, Routing chosen);
}
