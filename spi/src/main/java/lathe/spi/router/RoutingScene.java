package lathe.spi.router;

import java.util.Optional;

import lathe.spi.Notes;
import lathe.spi.numeric.RandomStream;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** The tokens of one layer that look for experts. */
public interface RoutingScene extends Notes {
    /**
     * The block.
     *
     * @return from 0
     */
    int block();

    /**
     * Router logits x W^T.
     *
     * @return [n, experts] float32
     */
    Tensor logits();

    /**
     * Inputs of the feed-forward network.
     *
     * @return [n, hidden] float32
     */
    Tensor hidden();

    /**
     * Experts a token, as the model says.
     *
     * @return k
     */
    int expertsPerToken();

    /**
     * A tensor of the router that the checkpoint brings beside its weight.
     *
     * @param name such as {@code correction_bias} or {@code noise_weight}, what a {@link Carver} named, or
     *             {@code router_weight}, the weight of the logits [experts, hidden], for routers that disturb their input
     * @return the tensor in its stored type, if the model has it; float32 for {@code router_weight}
     */
    Optional<Tensor> parameter(String name);

    /**
     * What the gate that the model was trained with chooses here, for routers that change it.
     *
     * @return experts by descending score, ties by the lower one, with the model's own weights; empty where no model is, or
     *         where its experts have no gate of their own
     */
    default Optional<Routing> modelRouting() {
        return Optional.empty();
    }

    /**
     * Tokens of each sequence of the batch, in order.
     *
     * @return lengths that add up to n
     */
    int[] sequenceLengths();

    /**
     * Which tokens are padding: they take no place at an expert and count in no load.
     *
     * @return n truth values; empty if no token is padding
     */
    default Optional<boolean[]> padding() {
        return Optional.empty();
    }

    /**
     * Ids of the tokens, for routers that look at them.
     *
     * @return n ids, if known
     */
    Optional<int[]> tokenIds();

    /**
     * Whether the model is being trained: noise, jitter and capacity follow it.
     *
     * @return false at inference
     */
    boolean training();

    /**
     * Draws given from outside instead of {@link #random()}, for tests against other software.
     *
     * @param name such as {@code gumbel}, {@code normal} or {@code jitter}
     * @return the draws, usually empty
     */
    default Optional<Tensor> draws(String name) {
        return Optional.empty();
    }

    /**
     * Random numbers of this layer and pass.
     *
     * @return a stream
     */
    RandomStream random();

    /**
     * Where intermediate and returned tensors live.
     *
     * @return closed after the tokens have been dispatched
     */
    Scope scope();
}
