package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

import lathe.runtime.graph.Settings;
import lathe.runtime.graph.Task;
import lathe.runtime.store.Artifact;
import lathe.runtime.store.ArtifactStore;

/** What of a plan the store holds already, and what must therefore be made. */
final class Cache {
    private final List<Task> tasks;
    private final Optional<ArtifactStore> store;
    private final Set<String> lent;
    private final Map<String, Artifact> held = new HashMap<>();
    private Set<String> wanted = Set.of();

    /**
     * @param tasks   the plan
     * @param store   where results lie, if anywhere
     * @param fresh   whether to look away
     * @param lent    ids of tasks whose models must be in memory at the end, stored or not
     * @param warning receives a sentence for each damaged result
     */
    Cache(List<Task> tasks, Optional<ArtifactStore> store, boolean fresh, Set<String> lent,
            Consumer<String> warning) {
        this.tasks = List.copyOf(tasks);
        this.lent = Set.copyOf(lent);
        this.store = requireNonNull(store, "store is null");
        Set<String> there = new HashSet<>();
        if (!fresh && store.isPresent()) {
            tasks.stream().filter(task -> keeps(task) && store.get().holds(task.address()))
                    .forEach(task -> there.add(task.id()));
        }
        settle(there, warning);
    }

    /** Whether the results of a task are kept at all. */
    static boolean keeps(Task task) {
        return task.node().verb().judges() || leavesFolder(task) || task.node().settings() instanceof Settings.Compress
                || task.node().settings() instanceof Settings.Merge;
    }

    /** Whether a task leaves a folder of its own making, not a model in Lathe's form. */
    static boolean leavesFolder(Task task) {
        return switch (task.node().settings()) {
            case Settings.Data data -> true;
            case Settings.Source source -> true;
            case Settings.OwnStep step -> true;
            default -> false;
        };
    }

    private static boolean hasNumbers(Task task) {
        return task.node().verb().judges() || task.node().settings() instanceof Settings.OwnStep;
    }

    /** Looks at what is wanted of the store; what turns out to be damaged makes others wanted. */
    private void settle(Set<String> there, Consumer<String> warning) {
        boolean damaged = true;
        while (damaged) {
            damaged = false;
            wanted = wanted(there);
            for (Task task : tasks) {
                boolean looked = wanted.contains(task.id()) || hasNumbers(task);
                if (looked && there.contains(task.id()) && !held.containsKey(task.id())) {
                    Optional<Artifact> found = store.orElseThrow().find(task.address(), warning);
                    found.ifPresent(artifact -> held.put(task.id(), artifact));
                    if (found.isEmpty()) {
                        there.remove(task.id());
                        damaged = true;
                    }
                }
            }
        }
    }

    private Set<String> wanted(Set<String> there) {
        Set<String> used = new HashSet<>();
        tasks.forEach(task -> used.addAll(task.inputs()));
        Set<String> result = new HashSet<>();
        for (Task task : tasks.reversed()) {
            boolean goal = !used.contains(task.id());
            boolean needed = result.contains(task.id());
            if ((goal || needed) && !there.contains(task.id())) {
                result.add(task.id());
                result.addAll(task.inputs());
            } else if (lent.contains(task.id())) {
                result.add(task.id());
            }
        }
        return result;
    }

    /** Whether the task must be computed, or its model be in memory. */
    boolean wants(Task task) {
        return wanted.contains(task.id());
    }

    /** The stored result of a task, checked. */
    Optional<Artifact> held(Task task) {
        return Optional.ofNullable(held.get(task.id()));
    }
}
