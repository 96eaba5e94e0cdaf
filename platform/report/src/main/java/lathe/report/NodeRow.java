package lathe.report;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One node of the experiment graph as it ran.
 *
 * @param name    the node's key in the graph
 * @param verb    what it did, such as {@code prune}
 * @param method  the method's id; empty for verbs without one
 * @param status  how it ended
 * @param seconds wall-clock time spent on it; 0 when it did not run
 * @param address content address of its artifact; empty when there is none
 * @param error   why it failed or was not started, as a sentence; null when it succeeded
 * @param where   where in the experiment file it stands ({@code quickstart.conf:12}); null when unknown
 * @param inputs  names of the nodes it takes its inputs from
 * @param point   sweep keys and values of this copy of the node; empty outside sweeps
 * @param config  its resolved configuration, in order; values as in JSON
 * @param notes   what its methods noted on their way, such as losses or loads of experts
 */
public record NodeRow(String name, String verb, String method, NodeStatus status, double seconds, String address,
        String error, String where, List<String> inputs, Map<String, Object> point, Map<String, Object> config,
        List<HeatMap> notes) {

    /** Checks that the required parts are there and copies the others. */
    public NodeRow {
        requireNonNull(name, "name is null");
        requireNonNull(verb, "verb is null");
        requireNonNull(method, "method is null");
        requireNonNull(status, "status is null");
        requireNonNull(address, "address is null");
        inputs = List.copyOf(requireNonNull(inputs, "inputs is null"));
        point = PlainValues.copyOf(requireNonNull(point, "point is null"));
        config = PlainValues.copyOf(requireNonNull(config, "config is null"));
        notes = List.copyOf(requireNonNull(notes, "notes is null"));
    }

    /**
     * A node whose methods noted nothing.
     *
     * @param name    the node's key in the graph
     * @param verb    what it did
     * @param method  the method's id; empty for verbs without one
     * @param status  how it ended
     * @param seconds wall-clock time spent on it
     * @param address content address of its artifact; empty when there is none
     * @param error   why it failed or was not started; null when it succeeded
     * @param where   where in the experiment file it stands; null when unknown
     * @param inputs  names of the nodes it takes its inputs from
     * @param point   sweep keys and values of this copy of the node
     * @param config  its resolved configuration
     */
    public NodeRow(String name, String verb, String method, NodeStatus status, double seconds, String address,
            String error, String where, List<String> inputs, Map<String, Object> point, Map<String, Object> config) {
        this(name, verb, method, status, seconds, address, error, where, inputs, point, config, List.of());
    }

    /**
     * The same node with what its methods noted.
     *
     * @param noted tables of numbers
     * @return a copy
     */
    public NodeRow with(List<HeatMap> noted) {
        return new NodeRow(name, verb, method, status, seconds, address, error, where, inputs, point, config, noted);
    }

    /**
     * A node outside sweeps of which neither inputs nor place are known.
     *
     * @param name    the node's key in the graph
     * @param verb    what it did
     * @param method  the method's id; empty for verbs without one
     * @param status  how it ended
     * @param seconds wall-clock time spent on it
     * @param address content address of its artifact; empty when there is none
     * @param config  its resolved configuration
     * @return the row
     */
    public static NodeRow of(String name, String verb, String method, NodeStatus status, double seconds,
            String address, Map<String, Object> config) {
        return new NodeRow(name, verb, method, status, seconds, address, null, null, List.of(), Map.of(), config);
    }

    /**
     * @return the reason of a failure, when there is one
     */
    public Optional<String> failure() {
        return Optional.ofNullable(error);
    }
}
