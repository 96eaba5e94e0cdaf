package lathe.runtime.run;

import java.util.List;
import java.util.Map;
import java.util.Set;

import lathe.runtime.graph.MethodUse;
import lathe.runtime.graph.Task;
import lathe.runtime.graph.Verb;
import lathe.spi.Services;
import lathe.spi.graph.Metric;

/** Which tasks may run at the same time: so many, within a memory budget; what measures time runs alone. */
final class Limits {
    private final int jobs;
    private final long memory;
    private final Map<String, Long> needed;
    private final Set<String> alone;

    /**
     * @param jobs   tasks at most
     * @param memory bytes that running tasks may be expected to take together
     * @param needed expected bytes by task
     * @param alone  tasks that run alone
     */
    Limits(int jobs, long memory, Map<String, Long> needed, Set<String> alone) {
        this.jobs = jobs;
        this.memory = memory;
        this.needed = Map.copyOf(needed);
        this.alone = Set.copyOf(alone);
    }

    /** One after the other. */
    static Limits sequential() {
        return new Limits(1, Long.MAX_VALUE, Map.of(), Set.of());
    }

    /** Whether a task measures what other tasks beside it would disturb. */
    static boolean wantsQuiet(Task task, Services services) {
        List<MethodUse> metrics = task.node().verb().judges() ? task.node().settings().methods() : List.of();
        return task.node().verb() == Verb.BENCHMARK || metrics.stream().anyMatch(
                use -> use.create(services) instanceof Metric metric && metric.wantsQuiet());
    }

    /** Whether a task may begin beside those that run. What needs more than there is runs alone. */
    boolean allow(String task, Set<String> running) {
        if (running.isEmpty()) {
            return true;
        }
        if (running.size() >= jobs || alone.contains(task) || running.stream().anyMatch(alone::contains)) {
            return false;
        }
        long sum = needed.getOrDefault(task, 0L);
        for (String id : running) {
            sum += needed.getOrDefault(id, 0L);
        }
        return sum <= memory;
    }
}
