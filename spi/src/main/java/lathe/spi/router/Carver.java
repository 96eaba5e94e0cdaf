package lathe.spi.router;

import java.util.List;
import java.util.Optional;

import lathe.spi.MethodChoice;
import lathe.spi.Refusal;
import lathe.spi.model.ModelInfo;
import lathe.spi.model.Site;
import lathe.spi.statistics.Prefix;

/**
 * Turns dense feed-forward networks into experts without training: groups the neurons of each, and gives a router made of
 * what calibration shows. Objects are made anew for every graph node; blocks are visited in order.
 *
 * <p>The platform cuts the weights: expert e gets the rows of gate and up and the columns of down of its neurons, whatever
 * form the weights are stored in, dense afterwards. A bias after down goes to the shared expert.
 */
public interface Carver {
    /**
     * Groups the neurons of one block.
     *
     * @param scene the network and what goes through it
     * @return groups and the router's tensors
     */
    CarvedExperts carve(CarvingScene scene);

    /**
     * Routed experts of every block.
     *
     * @return how many groups {@link #carve} makes beside the shared one
     */
    int routed();

    /**
     * Routed experts that a token goes to, the same in every block.
     *
     * @return from 1 on; the router sees it as its experts per token
     */
    int active();

    /**
     * The router method that the carved model runs with unless a serve node says otherwise. It finds the carver's tensors
     * by {@link RoutingScene#parameter}.
     *
     * @return a router, which may come with the same bundle
     */
    MethodChoice router();

    /**
     * Through which model the calibration activations come.
     *
     * @return the blocks already carved by default, as the carved model will run
     */
    default Prefix prefix() {
        return Prefix.COMPRESSED;
    }

    /**
     * Whether calibration text is needed.
     *
     * @return true by default
     */
    default boolean calibrates() {
        return true;
    }

    /**
     * Whether the method can do this model, asked at planning time.
     *
     * @param model the model's description
     * @return a reason why not, empty if it can
     */
    default Optional<Refusal> refuses(ModelInfo model) {
        return Optional.empty();
    }

    /**
     * Whether the method can do this model with these linears, asked at planning time.
     *
     * @param model the model's description
     * @param sites its linears; empty where their sizes are not known yet
     * @return a reason why not, empty if it can; what {@link #refuses(ModelInfo)} says by default
     */
    default Optional<Refusal> refuses(ModelInfo model, List<Site> sites) {
        return refuses(model);
    }
}
