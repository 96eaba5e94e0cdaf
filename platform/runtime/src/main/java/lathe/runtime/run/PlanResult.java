package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.util.List;

import lathe.runtime.config.Problem;

/**
 * What a check found.
 *
 * @param name     the experiment's name
 * @param nodes    what would be run, in order; empty if something is wrong
 * @param problems everything that is wrong
 */
public record PlanResult(String name, List<PlannedNode> nodes, List<Problem> problems) {
    /** Copies the lists. */
    public PlanResult {
        requireNonNull(name, "name is null");
        nodes = List.copyOf(nodes);
        problems = List.copyOf(problems);
    }

    /**
     * Whether the experiment can be run.
     *
     * @return true if nothing is wrong
     */
    public boolean ok() {
        return problems.isEmpty();
    }
}
