package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import lathe.models.transformer.RunnableModel;
import lathe.report.NodeStatus;
import lathe.runtime.graph.Settings;
import lathe.runtime.graph.Task;
import lathe.spi.LatheException;
import lathe.spi.Progress;
import lathe.spi.graph.LanguageModel;
import lathe.spi.graph.Measurement;
import lathe.spi.tensor.Scope;

/**
 * Runs the tasks of a plan in order. A task that fails takes those down that depend on it, and no other. Models are freed as
 * soon as no task needs them any more.
 */
final class Execution {
    private final TaskRunner runner;
    private final RunLog log;
    private final List<Task> tasks;
    private final Map<String, Task> byId = new LinkedHashMap<>();
    private final Map<String, ModelHandle> models = new HashMap<>();
    private final Map<String, Integer> waiting = new HashMap<>();
    private final Map<String, TaskResult> results = new LinkedHashMap<>();

    Execution(TaskRunner runner, RunLog log, List<Task> tasks) {
        this.runner = requireNonNull(runner, "runner is null");
        this.log = requireNonNull(log, "log is null");
        this.tasks = List.copyOf(tasks);
        for (Task task : tasks) {
            byId.put(task.id(), task);
            task.inputs().forEach(input -> waiting.merge(input, 1, Integer::sum));
        }
    }

    List<TaskResult> run() {
        try {
            for (Task task : tasks) {
                TaskResult result = run(task);
                results.put(task.id(), result);
                log.finished(result);
                task.inputs().forEach(this::used);
            }
            return List.copyOf(results.values());
        } finally {
            models.values().forEach(ModelHandle::release);
            models.clear();
        }
    }

    private TaskResult run(Task task) {
        Optional<TaskResult> missing = task.inputs().stream().map(results::get)
                .filter(input -> !input.status().succeeded()).findFirst();
        if (missing.isPresent()) {
            return new TaskResult(task, NodeStatus.SKIPPED, 0, reason(missing.get()), List.of());
        }
        log.started(task);
        long start = System.nanoTime();
        try {
            List<Measurement> measurements = work(task);
            return new TaskResult(task, NodeStatus.DONE, seconds(start), null, measurements);
        } catch (LatheException failure) {
            return new TaskResult(task, NodeStatus.FAILED, seconds(start), failure.getMessage(), List.of());
        } catch (RuntimeException | LinkageError | StackOverflowError failure) {
            log.trace(failure);
            return new TaskResult(task, NodeStatus.FAILED, seconds(start), "This is a bug: " + failure
                    + ". The log of the run has the place.", List.of());
        } catch (OutOfMemoryError failure) {
            return new TaskResult(task, NodeStatus.FAILED, seconds(start), "The memory is not enough: "
                    + failure.getMessage() + ". Give Java more with LATHE_JAVA_OPTS=-Xmx..., or use less text.",
                    List.of());
        }
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

    private List<Measurement> work(Task task) {
        Progress progress = log.progress(task);
        switch (task.node().settings()) {
            case Settings.Load load -> keep(task, runner.load(load));
            case Settings.Compress compress ->
                keep(task, runner.compress(task, compress, model(task.inputs().getFirst()), progress));
            case Settings.Serve serve -> {
                // A served model is its model; how it is run is made anew for every judgement.
                ModelHandle model = model(task.inputs().getFirst());
                model.retain();
                keep(task, model);
            }
            case Settings.Evaluate evaluate -> {
                return judge(task, progress);
            }
            case Settings.Benchmark benchmark -> {
                return judge(task, progress);
            }
        }
        return List.of();
    }

    private List<Measurement> judge(Task task, Progress progress) {
        List<String> inputs = task.inputs();
        ModelHandle model = model(inputs.getFirst());
        try (Scope scope = runner.openScope()) {
            RunnableModel subject = runnable(task, inputs.getFirst(), scope, progress);
            Optional<LanguageModel> reference = inputs.size() < 2
                    ? Optional.empty()
                    : Optional.of(runnable(task, inputs.get(1), scope, progress));
            return runner.judge(task, subject, reference, model, progress);
        }
    }

    private RunnableModel runnable(Task task, String id, Scope scope, Progress progress) {
        Task made = byId.get(id);
        Optional<Task> served = made.node().settings() instanceof Settings.Serve ? Optional.of(made) : Optional.empty();
        return runner.runnable(task, model(id), served, scope, progress);
    }

    private ModelHandle model(String id) {
        return requireNonNull(models.get(id), () -> "The model of " + id + " is gone.");
    }

    /** Takes over one use of the model. */
    private void keep(Task task, ModelHandle model) {
        if (waiting.getOrDefault(task.id(), 0) == 0) {
            model.release();
        } else {
            models.put(task.id(), model);
        }
    }

    private void used(String id) {
        if (waiting.merge(id, -1, Integer::sum) == 0 && models.containsKey(id)) {
            models.remove(id).release();
        }
    }
}
