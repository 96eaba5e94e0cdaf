package lathe.runtime.graph;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import com.typesafe.config.ConfigOrigin;

/**
 * The nodes of an experiment.
 *
 * @param nodes those that could be read, by name, in the order of the file
 * @param names the names of all nodes, also of those that could not be read
 * @param edges what nodes name as their inputs, also those of which the rest could not be read
 */
record Graph(Map<String, Node> nodes, List<String> names, List<Edges> edges) {
    Graph {
        nodes = new LinkedHashMap<>(nodes);
        names = List.copyOf(names);
        edges = List.copyOf(edges);
    }

    /**
     * The inputs of a node.
     *
     * @param node   its name
     * @param verb   what it does
     * @param inputs names of other nodes, which need not exist
     * @param texts  names of data nodes that it takes text from
     * @param origin where the node stands
     */
    record Edges(String node, Verb verb, List<String> inputs, List<String> texts, ConfigOrigin origin) {
        Edges {
            inputs = List.copyOf(inputs);
            texts = List.copyOf(texts);
        }
    }
}
