package lathe.spi.model;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Set;

/**
 * The sizes and abilities of a model.
 *
 * @param name              for messages, such as the folder's name
 * @param family            the architecture, such as {@code llama}
 * @param hidden            width of the residual stream
 * @param vocabulary        number of token ids
 * @param contextLength     longest sequence that it was made for
 * @param experts           routed experts of a block, 0 in a dense model
 * @param expertsPerToken   experts that a token goes to, 0 in a dense model
 * @param layers            one entry a block
 * @param features          what it has that not every method can deal with, such as {@code sliding-window},
 *                          {@code latent-attention}, {@code softcap}, {@code ungated} for feed-forward networks
 *                          without a gate, {@code activation-gelu} for such that do not use SiLU,
 *                          {@code pruned-weights} after a pruner of single weights, and {@code routed-by-ID} if its
 *                          experts were made of dense networks together with the router ID
 */
public record ModelInfo(
        String name,
        String family,
        int hidden,
        int vocabulary,
        int contextLength,
        int experts,
        int expertsPerToken,
        List<LayerInfo> layers,
        Set<String> features) {
    /** Copies the collections. */
    public ModelInfo {
        requireNonNull(name, "name is null");
        requireNonNull(family, "family is null");
        layers = List.copyOf(layers);
        features = Set.copyOf(features);
    }

    /**
     * Number of blocks.
     *
     * @return blocks
     */
    public int blocks() {
        return layers.size();
    }

    /**
     * Whether blocks have experts.
     *
     * @return true for a mixture of experts
     */
    public boolean isMixtureOfExperts() {
        return experts > 0;
    }
}
