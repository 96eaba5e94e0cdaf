package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import lathe.runtime.graph.MethodUse;
import lathe.runtime.graph.Task;
import lathe.runtime.graph.Verb;

/** Which tasks may run at the same time: so many, within a memory budget; what measures time runs alone. */
final class Limits {
    private static final Set<String> TIMED = Set.of(
            "prefill-speed", "decode-speed", "time-to-first-token", "peak-bytes");

    private final int jobs;
    private final long memory;
    private final Map<String, Long> needed = new HashMap<>();
    private final Set<String> alone;

    /**
     * @param jobs   tasks at most
     * @param memory bytes that running tasks may be expected to take together
     * @param tasks  the plan
     * @param needed expected bytes by task
     */
    Limits(int jobs, long memory, List<Task> tasks, Map<String, Long> needed) {
        this.jobs = jobs;
        this.memory = memory;
        this.needed.putAll(requireNonNull(needed, "needed is null"));
        this.alone = new java.util.HashSet<>(tasks.stream().filter(Limits::timed).map(Task::id).toList());
    }

    /** One after the other. */
    static Limits sequential(List<Task> tasks) {
        return new Limits(1, Long.MAX_VALUE, tasks, Map.of());
    }

    private static boolean timed(Task task) {
        return task.node().verb() == Verb.BENCHMARK || task.node().verb().judges()
                && task.node().settings().methods().stream().map(MethodUse::id).anyMatch(TIMED::contains);
    }

    /** Whether a task may begin beside those that run. What needs more than there is runs alone. */
    boolean allow(Task task, Set<String> running) {
        if (running.isEmpty()) {
            return true;
        }
        if (running.size() >= jobs || alone.contains(task.id()) || running.stream().anyMatch(alone::contains)) {
            return false;
        }
        long sum = needed.getOrDefault(task.id(), 0L);
        for (String id : running) {
            sum += needed.getOrDefault(id, 0L);
        }
        return sum <= memory;
    }
}
