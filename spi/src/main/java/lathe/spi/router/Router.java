package lathe.spi.router;

import java.util.Optional;

import lathe.spi.Refusal;
import lathe.spi.model.ModelInfo;

/** Chooses experts and their weights. */
public interface Router {
    /**
     * Routes the tokens of one layer.
     *
     * @param scene logits, inputs and the layer
     * @return experts and weights of every token
     */
    Routing route(RoutingScene scene);

    /**
     * Whether the router can do this model, asked at planning time.
     *
     * @param model the model's description
     * @return a reason why not, empty if it can
     */
    default Optional<Refusal> refuses(ModelInfo model) {
        return Optional.empty();
    }
}
