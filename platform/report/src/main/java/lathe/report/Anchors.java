package lathe.report;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Where nodes stand in the page. Anchors are numbers, so no name of a node gets into an attribute or a link.
 */
final class Anchors {
    private final List<NodeRow> nodes;

    /**
     * @param nodes the nodes in their order in the page
     */
    Anchors(List<NodeRow> nodes) {
        this.nodes = nodes;
    }

    /**
     * @param index a node's place in the list
     * @return its anchor
     */
    static String at(int index) {
        return "node-" + (index + 1);
    }

    /**
     * @param name  a node's name
     * @param point the sweep point it was used at
     * @return the anchor of the first node of that name whose own point agrees; empty when there is none
     */
    String of(String name, Map<String, Object> point) {
        int candidate = -1;
        for (int i = 0; i < nodes.size(); i++) {
            NodeRow node = nodes.get(i);
            if (node.name().equals(name)) {
                if (agree(node.point(), point)) {
                    return at(i);
                }
                candidate = candidate < 0 ? i : candidate;
            }
        }
        return candidate < 0 ? "" : at(candidate);
    }

    private static boolean agree(Map<String, Object> node, Map<String, Object> point) {
        return node.entrySet().stream()
                .allMatch(entry -> !point.containsKey(entry.getKey())
                        || Objects.equals(entry.getValue(), point.get(entry.getKey())));
    }
}
