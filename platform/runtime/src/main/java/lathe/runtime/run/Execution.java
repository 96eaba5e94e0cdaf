package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

import lathe.models.transformer.ModelWeights;
import lathe.models.transformer.RunnableModel;
import lathe.report.NodeStatus;
import lathe.runtime.compress.Journal;
import lathe.runtime.graph.Settings;
import lathe.runtime.graph.Task;
import lathe.runtime.store.Artifact;
import lathe.runtime.store.ArtifactStore;
import lathe.runtime.store.BlockJournal;
import lathe.runtime.store.ModelFiles;
import lathe.runtime.store.NodeLock;
import lathe.runtime.store.NumberFiles;
import lathe.spi.LatheException;
import lathe.spi.Progress;
import lathe.spi.graph.LanguageModel;
import lathe.spi.graph.Measurement;
import lathe.spi.tensor.Scope;

/**
 * Runs the tasks of a plan in order. A task that fails takes those down that depend on it, and no other. Models are freed as
 * soon as no task needs them any more. When the run is asked to stop, the task at work and all that are not begun end as
 * interrupted; what is finished stays in the store.
 */
final class Execution {
    /** Bytes of a reference's logits that are kept for the next subject. */
    private static final long REMEMBERED = 512L << 20;

    private final TaskRunner runner;
    private final RunLog log;
    private final List<Task> tasks;
    private final Optional<ArtifactStore> store;
    private final Cache cache;
    private final boolean fresh;
    private final StopSignal stop;
    private final Map<String, Task> byId = new LinkedHashMap<>();
    private final Map<String, ModelHandle> models = new HashMap<>();
    private final Map<String, Integer> waiting = new HashMap<>();
    private final Map<String, TaskResult> results = new LinkedHashMap<>();

    private RememberingModel reference;
    private String referenceKey;

    Execution(TaskRunner runner, RunLog log, List<Task> tasks, Optional<ArtifactStore> store, boolean fresh,
            StopSignal stop) {
        this(runner, log, tasks, store, fresh, stop, Set.of());
    }

    /** @param lent ids of tasks whose models stay in memory for {@link #lend} */
    Execution(TaskRunner runner, RunLog log, List<Task> tasks, Optional<ArtifactStore> store, boolean fresh,
            StopSignal stop, Set<String> lent) {
        this.runner = requireNonNull(runner, "runner is null");
        this.log = requireNonNull(log, "log is null");
        this.tasks = List.copyOf(tasks);
        this.store = requireNonNull(store, "store is null");
        this.fresh = fresh;
        this.stop = requireNonNull(stop, "stop is null");
        this.cache = new Cache(tasks, store, fresh, lent, log::warn);
        lent.forEach(id -> waiting.put(id, 1));
        for (Task task : tasks) {
            byId.put(task.id(), task);
            if (computes(task)) {
                task.inputs().forEach(input -> waiting.merge(input, 1, Integer::sum));
            }
        }
    }

    List<TaskResult> run() {
        try {
            work();
            return List.copyOf(results.values());
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
            ModelHandle model = model(task.id());
            RunnableModel runnable = runnable(task, task.id(), scope, log.progress(task));
            user.accept(new LentModel(runnable, model.tokenizer(), model.source(), scope));
        } finally {
            free();
        }
    }

    private void work() {
        for (Task task : tasks) {
            TaskResult result = run(task);
            results.put(task.id(), result);
            log.finished(result);
            drop(task);
            if (computes(task)) {
                task.inputs().forEach(this::used);
            }
        }
    }

    private void free() {
        forget();
        models.values().forEach(ModelHandle::release);
        models.clear();
    }

    private boolean computes(Task task) {
        return cache.wants(task) && cache.held(task).isEmpty();
    }

    private TaskResult run(Task task) {
        if (!cache.wants(task)) {
            List<Measurement> known = task.node().verb().judges()
                    ? cache.held(task).map(artifact -> NumberFiles.read(artifact.folder())).orElse(List.of())
                    : List.of();
            return new TaskResult(task, NodeStatus.CACHED, 0, null, known);
        }
        Optional<TaskResult> missing = task.inputs().stream().map(results::get)
                .filter(input -> lost(input.status())).findFirst();
        if (missing.isPresent()) {
            return new TaskResult(task, NodeStatus.SKIPPED, 0, reason(missing.get()), List.of());
        }
        if (stop.asked()) {
            return new TaskResult(task, NodeStatus.INTERRUPTED, 0,
                    "Not started: the run was interrupted. Run the same file again to go on.", List.of());
        }
        log.started(task);
        long start = System.nanoTime();
        try {
            if (cache.held(task).isPresent()) {
                keep(task, runner.restore(cache.held(task).get()));
                return new TaskResult(task, NodeStatus.CACHED, seconds(start), null, List.of());
            }
            return Cache.keeps(task) && store.isPresent()
                    ? once(task, store.get(), start)
                    : new TaskResult(task, NodeStatus.DONE, 0, null, work(task, Journal.NONE)).after(start);
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
            return new TaskResult(task, NodeStatus.INTERRUPTED, seconds,
                    "Interrupted at work. Run the same file again to go on.", List.of());
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

    /** Computes a result that is kept, unless another process did so meanwhile. */
    private TaskResult once(Task task, ArtifactStore kept, long start) {
        try (NodeLock lock = NodeLock.take(kept, task.address())) {
            Optional<Artifact> meanwhile = fresh ? Optional.empty() : kept.find(task.address(), log::warn);
            if (meanwhile.isPresent()) {
                List<Measurement> known = List.of();
                if (task.node().verb().judges()) {
                    known = NumberFiles.read(meanwhile.get().folder());
                } else {
                    keep(task, runner.restore(meanwhile.get()));
                }
                return new TaskResult(task, NodeStatus.CACHED, seconds(start), null, known);
            }
            BlockJournal journal = new BlockJournal(kept, task.address(), task.title(), log.progress(task));
            List<Measurement> measurements = work(task, fresh ? Journal.NONE : journal);
            store(task, kept, measurements);
            journal.clear();
            return new TaskResult(task, NodeStatus.DONE, seconds(start), null, measurements);
        }
    }

    /** A result that cannot be kept is still a result. */
    private void store(Task task, ArtifactStore kept, List<Measurement> measurements) {
        try {
            if (task.node().verb().judges()) {
                kept.put(task.address(), task.title(), task.content(),
                        folder -> NumberFiles.write(measurements, folder));
            } else if (models.containsKey(task.id())) {
                ModelHandle model = models.get(task.id());
                ModelWeights weights = model.transformer().weights();
                if (ModelFiles.storable(weights)) {
                    String name = model.transformer().info().name();
                    kept.put(task.address(), task.title(), task.content(),
                            folder -> ModelFiles.write(name, weights, model.pruned(), model.source(), folder));
                } else {
                    log.progress(task).note("The result has a form that cannot be stored; the next run computes it "
                            + "again.");
                }
            }
        } catch (LatheException failure) {
            log.progress(task).note(failure.getMessage() + " The run goes on; the next one computes this again.");
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

    private List<Measurement> work(Task task, Journal journal) {
        Progress progress = log.progress(task);
        switch (task.node().settings()) {
            case Settings.Load load -> keep(task, runner.load(load));
            case Settings.Compress compress -> keep(task,
                    runner.compress(task, compress, model(task.inputs().getFirst()), journal, progress));
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
                    : Optional.of(reference(task, inputs.get(1), progress));
            return runner.judge(task, subject, reference, model, progress);
        }
    }

    /** The model that others are compared with; the subjects of a node share what it remembers. */
    private LanguageModel reference(Task task, String id, Progress progress) {
        String key = task.node().name() + "/" + id + "/" + task.seed();
        if (!key.equals(referenceKey)) {
            forget();
            Scope scope = runner.openScope();
            reference = new RememberingModel(runnable(task, id, scope, progress), scope, REMEMBERED);
            referenceKey = key;
        }
        return reference;
    }

    private void forget() {
        if (reference != null) {
            reference.close();
        }
        reference = null;
        referenceKey = null;
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
        models.put(task.id(), model);
    }

    /** Frees a model that no task works on. */
    private void drop(Task task) {
        if (waiting.getOrDefault(task.id(), 0) == 0 && models.containsKey(task.id())) {
            models.remove(task.id()).release();
        }
    }

    private void used(String id) {
        if (waiting.merge(id, -1, Integer::sum) == 0 && models.containsKey(id)) {
            models.remove(id).release();
        }
    }
}
