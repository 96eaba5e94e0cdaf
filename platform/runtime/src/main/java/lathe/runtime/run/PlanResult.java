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
 * @param misfits  what does not fit the memory or the disk: it is refused unless forced
 */
public record PlanResult(String name, List<PlannedNode> nodes, List<Problem> problems,
        List<String> misfits) {
    /** Copies the lists. */
    public PlanResult {
        requireNonNull(name, "name is null");
        nodes = List.copyOf(nodes);
        problems = List.copyOf(problems);
        misfits = List.copyOf(misfits);
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
