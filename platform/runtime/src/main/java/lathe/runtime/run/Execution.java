package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

import lathe.models.transformer.RunnableModel;
import lathe.report.NodeStatus;
import lathe.runtime.graph.Task;
import lathe.runtime.store.ArtifactStore;
import lathe.spi.LatheException;
import lathe.spi.tensor.Scope;

/**
 * Runs the tasks of a plan, those that do not depend on one another at the same time as far as the limits go. A task that
 * fails takes those down that depend on it, and no other. Models are freed as soon as no task needs them any more. When the
 * run is asked to stop, the tasks at work and all that are not begun end as interrupted; what is finished stays in the
 * store.
 */
final class Execution {
    private static final long STACK_BYTES = 8L << 20;
    private static final String AT_WORK = "Interrupted at work. Run the same file again to go on.";
    private static final String NOT_STARTED = "Not started: the run was interrupted. Run the same file again to go on.";

    private final RunLog log;
    private final List<Task> tasks;
    private final Limits limits;
    private final Cache cache;
    private final StopSignal stop;
    private final Shelf shelf = new Shelf();
    private final TaskWork work;
    private final TaskRunner runner;

    private final Map<String, TaskResult> results = new LinkedHashMap<>();
    private final Set<String> running = new HashSet<>();
    private MemoryWatch memory;
    private Throwable broken;

    /**
     * @param run    the run's folder
     * @param limits what may run at the same time
     * @param lent   ids of tasks whose models stay in memory for {@link #lend}
     */
    Execution(TaskRunner runner, RunLog log, List<Task> tasks, Optional<ArtifactStore> store, boolean fresh,
            StopSignal stop, RunFolder run, Limits limits, Set<String> lent) {
        this.runner = requireNonNull(runner, "runner is null");
        this.log = requireNonNull(log, "log is null");
        this.tasks = List.copyOf(tasks);
        this.limits = requireNonNull(limits, "limits is null");
        this.stop = requireNonNull(stop, "stop is null");
        this.cache = new Cache(tasks, store, fresh, lent, log::warn);
        this.work = new TaskWork(runner, log, tasks, store, fresh, run, shelf);
        lent.forEach(shelf::expect);
        for (Task task : tasks) {
            if (computes(task)) {
                task.inputs().forEach(shelf::expect);
                work.references().expect(task);
            }
        }
    }

    List<TaskResult> run() {
        try {
            work();
            return tasks.stream().map(task -> results.get(task.id())).toList();
        } finally {
            free();
        }
    }

    /**
     * Does what one task needs and lends its model.
     *
     * @param task one of the tasks, named as lent
     * @param user works with the model
     * @throws LatheException if the task or one that it depends on failed
     */
    void lend(Task task, Consumer<LentModel> user) {
        try (Scope scope = runner.openScope()) {
            work();
            String error = results.get(task.id()).error();
            if (error != null) {
                throw new LatheException(task.title() + ": " + results.values().stream()
                        .filter(result -> result.error() != null).findFirst().orElseThrow().error());
            }
            ModelHandle model = shelf.model(task.id());
            RunnableModel runnable = work.runnable(task, task.id(), scope, log.progress(task));
            user.accept(new LentModel(runnable, model.tokenizer(), model.source(), scope));
        } finally {
            free();
        }
    }

    /** The results if nothing more were done: what is at work or not begun is interrupted. */
    synchronized List<TaskResult> soFar() {
        return tasks.stream().map(task -> results.containsKey(task.id())
                ? results.get(task.id())
                : interrupted(task, running.contains(task.id()) ? AT_WORK : NOT_STARTED, 0)).toList();
    }

    private static TaskResult interrupted(Task task, String how, double seconds) {
        return new TaskResult(task, NodeStatus.INTERRUPTED, seconds, how, List.of());
    }

    private void free() {
        work.references().clear();
        shelf.clear();
    }

    private boolean computes(Task task) {
        return cache.wants(task) && cache.held(task).isEmpty();
    }

    /** Starts what can be started whenever something has ended, in the order of the plan. */
    private synchronized void work() {
        try (MemoryWatch watch = new MemoryWatch()) {
            memory = watch;
            while (results.size() < tasks.size() && broken == null) {
                boolean begun = false;
                for (Task task : tasks) {
                    begun |= begin(task);
                }
                if (!begun) {
                    wait();
                }
            }
        } catch (InterruptedException unexpected) {
            throw new IllegalStateException("Nobody interrupts the thread of a run.", unexpected);
        } finally {
            await();
        }
        if (broken != null) {
            throw new IllegalStateException("The executor failed.", broken);
        }
    }

    /** Threads at work hold the lock while they end. */
    private void await() {
        while (!running.isEmpty()) {
            try {
                wait();
            } catch (InterruptedException unexpected) {
                throw new IllegalStateException("Nobody interrupts the thread of a run.", unexpected);
            }
        }
    }

    /** Begins a task, or ends it at once if there is nothing to do; false if it must wait or has begun already. */
    private boolean begin(Task task) {
        if (results.containsKey(task.id()) || running.contains(task.id())
                || !results.keySet().containsAll(task.inputs())) {
            return false;
        }
        Optional<TaskResult> without = without(task);
        if (without.isPresent()) {
            finish(task, without.get());
            return true;
        }
        if (!limits.allow(task.id(), running)) {
            return false;
        }
        running.add(task.id());
        log.started(task);
        Thread.ofPlatform().name("lathe-" + task.node().name()).stackSize(STACK_BYTES).start(() -> run(task));
        return true;
    }

    /** The result of a task that is not to be done. */
    private Optional<TaskResult> without(Task task) {
        if (!cache.wants(task)) {
            return Optional.of(cache.held(task).map(artifact -> TaskWork.cached(task, artifact))
                    .orElseGet(() -> new TaskResult(task, NodeStatus.CACHED, 0, null, List.of())));
        }
        Optional<TaskResult> missing = task.inputs().stream().map(results::get)
                .filter(input -> lost(input.status())).findFirst();
        if (missing.isPresent()) {
            return Optional.of(new TaskResult(task, NodeStatus.SKIPPED, 0, reason(missing.get()), List.of()));
        }
        if (stop.asked()) {
            return Optional.of(interrupted(task, NOT_STARTED, 0));
        }
        return Optional.empty();
    }

    private void run(Task task) {
        try {
            TaskResult result = result(task);
            synchronized (this) {
                running.remove(task.id());
                finish(task, result);
                notifyAll();
            }
        } catch (Throwable failure) {
            synchronized (this) {
                running.remove(task.id());
                broken = failure;
                notifyAll();
            }
        }
    }

    private void finish(Task task, TaskResult result) {
        results.put(task.id(), result);
        if (result.status() == NodeStatus.DONE) {
            memory.peak().ifPresent(bytes -> log.memory(task, bytes));
        }
        log.finished(result);
        shelf.drop(task.id());
        if (computes(task)) {
            task.inputs().forEach(shelf::used);
            work.references().done(task);
        }
    }

    private TaskResult result(Task task) {
        long start = System.nanoTime();
        try {
            return cache.held(task).isPresent()
                    ? work.restore(task, cache.held(task).get())
                    : work.compute(task);
        } catch (RuntimeException | LinkageError | StackOverflowError failure) {
            return failed(task, seconds(start), failure);
        } catch (OutOfMemoryError failure) {
            return new TaskResult(task, NodeStatus.FAILED, seconds(start), "The memory is not enough: "
                    + failure.getMessage() + ". Give Java more with LATHE_JAVA_OPTS=-Xmx..., or use less text.",
                    List.of());
        }
    }

    private TaskResult failed(Task task, double seconds, Throwable failure) {
        if (Stopped.caused(failure)) {
            return interrupted(task, AT_WORK, seconds);
        } else if (failure instanceof LatheException) {
            return new TaskResult(task, NodeStatus.FAILED, seconds, failure.getMessage(), List.of());
        }
        log.trace(failure);
        return new TaskResult(task, NodeStatus.FAILED, seconds, "This is a bug: " + failure
                + ". The log of the run has the place.", List.of());
    }

    /** Whether what needs this cannot be done in this run for another reason than that the run stops. */
    private static boolean lost(NodeStatus status) {
        return status == NodeStatus.FAILED || status == NodeStatus.SKIPPED;
    }

    private static String reason(TaskResult failed) {
        String name = failed.task().title();
        return failed.status() == NodeStatus.SKIPPED
                ? "Not started: " + name + " could not be started either."
                : "Not started: " + name + " failed.";
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) * 1e-9;
    }
}
