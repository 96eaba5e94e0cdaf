package lathe.runtime.run;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import lathe.runtime.price.Price;

/**
 * A node as it is planned.
 *
 * @param name    the node's key in the graph
 * @param verb    what it does
 * @param method  the method's id; empty for verbs without one
 * @param inputs  names of the nodes it takes its inputs from
 * @param point   sweep keys and values of this copy of the node; empty outside sweeps
 * @param where   file and line
 * @param address content address of its result; empty if it has none that could be kept
 * @param cached  whether the store holds its result
 * @param reason  why it must be computed, or {@code cached}
 * @param price   what it is expected to take; empty if nothing is known of it
 */
public record PlannedNode(String name, String verb, String method, List<String> inputs, Map<String, Object> point,
        String where, String address, boolean cached, String reason,
        Optional<Price> price) {
    /** Copies the collections. */
    public PlannedNode {
        inputs = List.copyOf(inputs);
        point = Map.copyOf(point);
    }
}
