package lathe.runtime.run;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

import lathe.runtime.graph.Plan;
import lathe.runtime.graph.Task;
import lathe.runtime.registry.NearestNames;
import lathe.spi.LatheException;

/** Which work of a plan the model of one node needs. */
final class Lending {
    private Lending() {}

    /**
     * The task that makes a node's model.
     *
     * @throws LatheException if no node of that name has a model, or a sweep gives it several
     */
    static Task task(Plan plan, String node) {
        List<String> names = plan.tasks().stream().filter(task -> !task.node().verb().judges())
                .map(task -> task.node().name()).distinct().toList();
        List<Task> found = plan.tasks().stream()
                .filter(task -> task.node().name().equals(node) && !task.node().verb().judges()).toList();
        if (found.isEmpty()) {
            throw new LatheException(plan.name() + " has no node '" + node + "' with a model."
                    + NearestNames.hint(node, names) + " It has " + String.join(", ", names) + ".");
        }
        if (found.size() > 1) {
            throw new LatheException("The sweep makes " + found.size() + " models of the node '" + node
                    + "'; choose one by putting values over the swept keys, such as -D '"
                    + found.getFirst().point().keySet().stream().findFirst().map(key -> "sweep.\"" + key + "\"=["
                            + found.getFirst().point().get(key) + "]").orElse("sweep={}")
                    + "'.");
        }
        return found.getFirst();
    }

    /** The task and all that it works on, in the order of the plan. */
    static List<Task> needed(Plan plan, Task wanted) {
        Set<String> ids = new HashSet<>(Set.of(wanted.id()));
        for (Task task : plan.tasks().reversed()) {
            if (ids.contains(task.id())) {
                ids.addAll(task.inputs());
            }
        }
        return plan.tasks().stream().filter(task -> ids.contains(task.id())).toList();
    }
}
