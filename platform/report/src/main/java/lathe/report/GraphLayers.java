package lathe.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The columns of a drawn graph: a node stands one column right of the last of its inputs, what nobody takes from in the last
 * column, and within a column where its neighbours stand in the mean, which keeps edges short and crossings few.
 */
final class GraphLayers {
    private static final int ROUNDS = 8;

    private final Map<String, GraphNode> nodes = new HashMap<>();
    private final Map<String, Integer> columns = new HashMap<>();
    private final List<List<String>> layers = new ArrayList<>();
    private final Map<String, List<String>> outputs = new HashMap<>();

    /** @param graph nodes without circles; inputs that are not among them are ignored */
    GraphLayers(List<GraphNode> graph) {
        graph.forEach(node -> nodes.put(node.name(), node));
        for (GraphNode node : graph) {
            column(node, 0);
            inputs(node.name()).forEach(
                    input -> outputs.computeIfAbsent(input, key -> new ArrayList<>()).add(node.name()));
        }
        int last = columns.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        for (int column = 0; column <= last; column++) {
            layers.add(new ArrayList<>());
        }
        for (GraphNode node : graph) {
            boolean end = !outputs.containsKey(node.name()) && !inputs(node.name()).isEmpty();
            columns.compute(node.name(), (name, column) -> end ? last : column);
            layers.get(columns.get(node.name())).add(node.name());
        }
        for (int i = 0; i < ROUNDS; i++) {
            boolean forth = i % 2 == 0;
            (forth ? layers : layers.reversed()).forEach(layer -> sort(layer, forth));
        }
    }

    /** Names by column, from left to right, in each from top to bottom. */
    List<List<String>> layers() {
        return layers;
    }

    /** The inputs of a node that are in the graph. */
    List<String> inputs(String name) {
        return nodes.get(name).inputs().stream().filter(nodes::containsKey).toList();
    }

    private int column(GraphNode node, int depth) {
        Integer known = columns.get(node.name());
        if (known != null) {
            return known;
        }
        if (depth > nodes.size()) {
            throw new IllegalArgumentException("The graph goes round in a circle at " + node.name());
        }
        int column = 0;
        for (String input : inputs(node.name())) {
            column = Math.max(column, column(nodes.get(input), depth + 1) + 1);
        }
        columns.put(node.name(), column);
        return column;
    }

    private void sort(List<String> layer, boolean forth) {
        Map<String, Double> wanted = new HashMap<>();
        for (String name : layer) {
            List<String> neighbours = forth ? inputs(name) : outputs.getOrDefault(name, List.of());
            wanted.put(name, neighbours.stream().mapToDouble(this::height).average().orElse(height(name)));
        }
        layer.sort(Comparator.comparing(wanted::get));
    }

    /** Where a node stands in its column, 0 the top, 1 the bottom. */
    private double height(String name) {
        List<String> layer = layers.get(columns.get(name));
        return (layer.indexOf(name) + 0.5) / layer.size();
    }
}
