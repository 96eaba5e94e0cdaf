package lathe.launcher.command;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import lathe.report.GraphNode;
import lathe.runtime.run.PlannedNode;

/** A plan as the graph that its author wrote: one node a name, whatever the points of a sweep and the models it judges. */
final class PlanGraph {
    private PlanGraph() {}

    /** The nodes in the order of the plan. */
    static List<GraphNode> of(List<PlannedNode> plan) {
        Map<String, List<PlannedNode>> byName = new LinkedHashMap<>();
        plan.forEach(node -> byName.computeIfAbsent(name(node), key -> new ArrayList<>()).add(node));
        List<GraphNode> graph = new ArrayList<>();
        byName.forEach((name, tasks) -> graph.add(node(name, tasks)));
        return graph;
    }

    /** What judges several models is planned once for each, which then stands behind its name. */
    private static String name(PlannedNode node) {
        int colon = node.name().indexOf(": ");
        return colon < 0 ? node.name() : node.name().substring(0, colon);
    }

    private static GraphNode node(String name, List<PlannedNode> tasks) {
        PlannedNode first = tasks.getFirst();
        Set<String> inputs = new LinkedHashSet<>();
        Map<String, Set<Object>> keys = new LinkedHashMap<>();
        tasks.forEach(task -> {
            inputs.addAll(task.inputs());
            task.point().forEach((key, value) -> keys.computeIfAbsent(key, unseen -> new LinkedHashSet<>()).add(value));
        });
        return new GraphNode(name, first.verb(), first.method(), note(tasks, keys), List.copyOf(inputs));
    }

    private static String note(List<PlannedNode> tasks, Map<String, Set<Object>> keys) {
        long cached = tasks.stream().filter(PlannedNode::cached).count();
        List<String> notes = new ArrayList<>();
        long times = tasks.size() / tasks.stream().map(PlannedNode::name).distinct().count();
        if (times > 1) {
            notes.add(times + " times");
        }
        if (!keys.isEmpty()) {
            notes.add(keys.entrySet().stream().map(key -> shortName(key.getKey()) + " "
                    + key.getValue().stream().map(String::valueOf).collect(joining("|"))).collect(joining(", ")));
        }
        if (cached > 0) {
            notes.add(cached == tasks.size() ? "cached" : cached + " of " + tasks.size() + " cached");
        }
        return String.join(", ", notes);
    }

    private static String shortName(String key) {
        return key.substring(key.lastIndexOf('.') + 1);
    }
}
