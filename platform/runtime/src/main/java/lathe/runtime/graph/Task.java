package lathe.runtime.graph;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One piece of work: a node at one sweep point; of a node that judges several models, one of them. Sweep points that agree
 * in everything that a piece of work depends on share it.
 *
 * @param id      unique in the plan
 * @param node    what is done
 * @param subject name of the node that is judged, if this is a judgement
 * @param inputs  ids of the tasks that it works on: for a judgement the subject, then the reference if it is another; then
 *                those that it takes text from
 * @param texts   ids of tasks that it takes text from, by what the text is for
 * @param point   the sweep keys that this work depends on
 * @param seed    the experiment's seed at this point
 * @param address content address of the result
 * @param content what the address was made of, as JSON
 */
public record Task(String id, Node node, Optional<String> subject, List<String> inputs, Map<String, String> texts,
        Map<String, Object> point, long seed, String address, String content) {
    /** Copies the collections. */
    public Task {
        requireNonNull(id, "id is null");
        requireNonNull(node, "node is null");
        requireNonNull(subject, "subject is null");
        inputs = List.copyOf(inputs);
        texts = Map.copyOf(texts);
        point = Collections.unmodifiableMap(new LinkedHashMap<>(point));
    }

    /**
     * The inputs without those that give text.
     *
     * @return ids in order
     */
    public List<String> works() {
        return inputs.subList(0, inputs.size() - texts.size());
    }

    /**
     * The name that users see while it runs.
     *
     * @return such as {@code pruned [pruned.sparsity=0.3]} or {@code quality: pruned}
     */
    public String title() {
        String own = node.name() + subject.map(name -> ": " + name).orElse("");
        if (point.isEmpty()) {
            return own;
        }
        return own + " " + point.entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue()).toList();
    }

    /**
     * What is done, in words.
     *
     * @return verb and methods
     */
    public String what() {
        return (node.verb().key() + " " + node.method()).strip();
    }
}
