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
     * @return such as {@code all 13 nodes done, 2 from the store} or {@code 10 of 13 nodes done, 1 failed, 2 skipped}
     */
    static String of(List<NodeRow> nodes) {
        long done = nodes.stream().filter(node -> node.status().succeeded()).count();
        if (nodes.isEmpty()) {
            return "nothing to do";
        }
        if (done == nodes.size()) {
            long cached = nodes.stream().filter(node -> node.status() == NodeStatus.CACHED).count();
            return (done == 1 ? "1 node done" : "all " + done + " nodes done")
                    + (cached == 0 ? "" : ", " + cached + " from the store");
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
