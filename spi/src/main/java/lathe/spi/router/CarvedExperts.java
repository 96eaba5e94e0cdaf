package lathe.spi.router;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import lathe.spi.tensor.Tensor;

/**
 * The neurons of one network in groups, and the tensors of its router.
 *
 * @param shared     neurons of the expert that sees every token; may be empty
 * @param routed     neurons of every routed expert, at least one expert, none empty; shared and routed groups together hold
 *                   every neuron of the network exactly once
 * @param router     [routed experts, hidden] weight whose products with the input are the router's logits
 * @param parameters other tensors of the router by the names under which it asks for them, such as {@code bias}; float32
 *                   or another type, stored with the model
 */
public record CarvedExperts(int[] shared, List<int[]> routed, Tensor router, Map<String, Tensor> parameters) {
    /** Copies the groups. */
    public CarvedExperts {
        shared = shared.clone();
        routed = routed.stream().map(int[]::clone).toList();
        requireNonNull(router, "router is null");
        parameters = Map.copyOf(parameters);
        if (routed.isEmpty() || routed.stream().anyMatch(group -> group.length == 0)) {
            throw new IllegalArgumentException("There must be a routed expert, and every one needs a neuron.");
        }
        if (router.rank() != 2 || router.size(0) != routed.size()) {
            throw new IllegalArgumentException("The router's weight must have a row for each of the " + routed.size()
                    + " routed experts, but its shape is " + router.shape() + ".");
        }
    }

    @Override
    public int[] shared() {
        return shared.clone();
    }

    @Override
    public List<int[]> routed() {
        return routed.stream().map(int[]::clone).toList();
    }

    /**
     * Requires that every neuron is in exactly one group.
     *
     * @param width neurons of the network
     * @throws IllegalArgumentException that names the first neuron that is not
     */
    public void requirePartition(int width) {
        int[] count = new int[width];
        Stream.concat(Stream.of(shared), routed.stream()).flatMapToInt(Arrays::stream).forEach(neuron -> {
            if (neuron < 0 || neuron >= width) {
                throw new IllegalArgumentException("A group names neuron " + neuron + " of " + width + ".");
            }
            count[neuron]++;
        });
        for (int neuron = 0; neuron < width; neuron++) {
            if (count[neuron] != 1) {
                throw new IllegalArgumentException("Neuron " + neuron + " is in " + count[neuron]
                        + " groups; every neuron belongs to exactly one.");
            }
        }
    }
}
