package lathe.runtime.graph;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The nodes of an experiment.
 *
 * @param nodes those that could be read, by name, in the order of the file
 * @param names the names of all nodes, also of those that could not be read
 */
record Graph(Map<String, Node> nodes, List<String> names) {
    Graph {
        nodes = new LinkedHashMap<>(nodes);
        names = List.copyOf(names);
    }
}
