package lathe.report;

import java.util.ArrayList;
import java.util.List;

/**
 * How a run ended, in a few words.
 */
final class Verdict {
    private Verdict() {}

    /**
     * @param nodes the nodes of a run
     * @return such as {@code all 13 nodes done} or {@code 10 of 13 nodes done, 1 failed, 2 skipped}
     */
    static String of(List<NodeRow> nodes) {
        long done = nodes.stream().filter(node -> node.status().succeeded()).count();
        if (done == nodes.size()) {
            return nodes.size() == 1 ? "1 node done" : "all " + nodes.size() + " nodes done";
        }
        List<String> parts = new ArrayList<>();
        parts.add(done + " of " + nodes.size() + " nodes done");
        for (NodeStatus status : List.of(NodeStatus.FAILED, NodeStatus.SKIPPED, NodeStatus.INTERRUPTED)) {
            long count = nodes.stream().filter(node -> node.status() == status).count();
            if (count > 0) {
                parts.add(count + " " + status.word());
            }
        }
        return String.join(", ", parts);
    }
}
