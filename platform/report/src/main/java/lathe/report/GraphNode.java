package lathe.report;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * A node of a graph to be drawn.
 *
 * @param name   its name, unique in the graph
 * @param verb   what it does
 * @param detail with what: methods, settings; may be empty
 * @param note   more about it, such as how often a sweep does it; may be empty
 * @param inputs names of the nodes that it takes from
 */
public record GraphNode(String name, String verb, String detail, String note, List<String> inputs) {
    /** Checks that all parts are there and copies the list. */
    public GraphNode {
        requireNonNull(name, "name is null");
        requireNonNull(verb, "verb is null");
        requireNonNull(detail, "detail is null");
        requireNonNull(note, "note is null");
        inputs = List.copyOf(requireNonNull(inputs, "inputs is null"));
    }
}
